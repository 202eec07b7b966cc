"""Pipecat: SmallWebRTCTransport's input into its output, through one processor that echoes.

With ``--vad`` a Silero analyzer hears every frame, as a voice agent's pipeline has it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from loguru import logger
from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

from benchmarks.calls.wire import serve

logger.remove()
logger.add(sys.stderr, level="ERROR")
tasks: list[asyncio.Task[None]] = []
connections: list[SmallWebRTCConnection] = []


class Echo(FrameProcessor):
    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            out = OutputAudioRawFrame(frame.audio, frame.sample_rate, frame.num_channels)
            await self.push_frame(out)
        else:
            await self.push_frame(frame, direction)


def stages() -> list[FrameProcessor]:
    if "--vad" not in sys.argv:
        return [Echo()]
    from pipecat.audio.vad.silero import SileroVADAnalyzer
    from pipecat.processors.audio.vad_processor import VADProcessor

    return [VADProcessor(vad_analyzer=SileroVADAnalyzer()), Echo()]


async def answer(question: dict[str, Any]) -> dict[str, Any]:
    if question["ask"] == "close":
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in connections:
            await connection.disconnect()
        return {}
    connection = SmallWebRTCConnection(ice_servers=[])
    connections.append(connection)
    await connection.initialize(question["sdp"], "offer")
    transport = SmallWebRTCTransport(
        connection,
        TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_in_passthrough=True),
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), *stages(), transport.output()]),
        params=PipelineParams(),
        cancel_on_idle_timeout=False,
        enable_rtvi=False,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    tasks.append(asyncio.create_task(runner.run()))
    reply = connection.get_answer()
    assert reply is not None
    return {"sdp": reply["sdp"]}


if __name__ == "__main__":
    asyncio.run(serve(answer))
