"""A bot on Pipecat's own DailyTransport, as its users write one: nothing here knows Callboard.

It speaks when somebody is there, stops when it hears them, and ends when it is told bye. At the
end it prints what it heard, as JSON. It does all that as often as the last argument says.
"""

import asyncio
import json
import sys

import numpy as np
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    TTSAudioRawFrame,
    UserAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.daily.transport import DailyParams, DailyTransport

RATE = 16000
THEIRS, OURS = 440, 700  # Hz


def tone(hertz: float, seconds: float) -> bytes:
    at = np.arange(round(seconds * RATE)) / RATE
    return (8192 * np.sin(2 * np.pi * hertz * at)).astype(np.int16).tobytes()


class Ear(FrameProcessor):
    """Notices the other's tone; whoever asked is told once."""

    def __init__(self, noticed) -> None:
        super().__init__()
        self.noticed = noticed
        self.frames: dict[str, int] = {}
        self.heard = 0

    async def process_frame(self, frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            kind = "user" if isinstance(frame, UserAudioRawFrame) else "speaker"
            self.frames[kind] = self.frames.get(kind, 0) + 1
            samples = np.frombuffer(frame.audio, np.int16) / 8192
            at = np.arange(len(samples)) / frame.sample_rate
            if 2 * abs(np.mean(samples * np.exp(-2j * np.pi * THEIRS * at))) > 0.3:
                self.heard += 1
                if self.heard == 5:
                    await self.noticed()
            return
        await self.push_frame(frame, direction)


async def main(url: str, user_tracks: bool) -> None:
    transport = DailyTransport(
        url,
        None,
        "Pipecat",
        DailyParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_in_sample_rate=RATE,
            audio_out_sample_rate=RATE,
            audio_in_user_tracks=user_tracks,
        ),
    )
    interrupted = 0

    async def interrupt() -> None:
        nonlocal interrupted
        interrupted += 1
        await task.queue_frame(InterruptionFrame())

    ear = Ear(interrupt)
    task = PipelineTask(
        Pipeline([transport.input(), ear, transport.output()]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
    )

    @transport.event_handler("on_first_participant_joined")
    async def on_first_participant_joined(transport, participant):
        speech = tone(OURS, 10)
        for at in range(0, len(speech), 2 * RATE // 10):
            part = speech[at : at + 2 * RATE // 10]
            await task.queue_frame(TTSAudioRawFrame(part, RATE, 1))

    @transport.event_handler("on_app_message")
    async def on_app_message(transport, message, sender):
        if message == {"type": "bye"}:
            await task.queue_frame(EndFrame())

    await PipelineRunner(handle_sigint=False).run(task)
    result = {"heard": ear.heard, "frames": ear.frames, "interrupted": interrupted}
    print(json.dumps(result), flush=True)


for _ in range(int(sys.argv[3])):
    asyncio.run(main(sys.argv[1], sys.argv[2] == "user-tracks"))
