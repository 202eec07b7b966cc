"""The same chains of Pipecat's pass-through processors; run by a Python that has pipecat-ai.

Prints the CPU microseconds a hop. Arguments: graphs, stages, rounds; one frame is in flight.
"""

import asyncio
import inspect
import itertools
import json
import logging
import sys
import time

from loguru import logger
from pipecat.frames.frames import OutputAudioRawFrame, StartFrame
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessor,
    FrameProcessorSetup,
)


class PassThrough(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class End(FrameProcessor):
    def __init__(self) -> None:
        super().__init__()
        self.arrived = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, OutputAudioRawFrame):
            self.arrived.set()


async def chain(stages: int):
    from pipecat.clocks.system_clock import SystemClock
    from pipecat.utils.asyncio.task_manager import TaskManager, TaskManagerParams

    processors = [PassThrough() for _ in range(stages - 1)] + [End()]
    for a, b in itertools.pairwise(processors):
        a.link(b)
    tasks = TaskManager()
    tasks.setup(TaskManagerParams(loop=asyncio.get_running_loop()))
    setup = {"clock": SystemClock(), "task_manager": tasks}
    if "pipeline_worker" in inspect.signature(FrameProcessorSetup).parameters:
        setup["pipeline_worker"] = None  # since 1.2; a pass-through processor never asks for it
    for processor in processors:
        await processor.setup(FrameProcessorSetup(**setup))
    await processors[0].queue_frame(StartFrame(), FrameDirection.DOWNSTREAM)
    return processors


async def main(graphs: int, stages: int, rounds: int) -> float:
    chains = [await chain(stages) for _ in range(graphs)]
    await asyncio.sleep(0.5)

    async def drive(processors) -> None:
        end = processors[-1]
        for _ in range(rounds):
            end.arrived.clear()
            frame = OutputAudioRawFrame(audio=b"", sample_rate=16000, num_channels=1)
            await processors[0].queue_frame(frame, FrameDirection.DOWNSTREAM)
            await end.arrived.wait()

    began = time.process_time()
    await asyncio.gather(*(drive(each) for each in chains))
    seconds = time.process_time() - began
    for processors in chains:
        for processor in processors:
            await processor.cleanup()
    return seconds / (graphs * stages * rounds) * 1e6


if __name__ == "__main__":
    logger.remove()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(main(*map(int, sys.argv[1:4])))))
