"""Many writers at once, and more than the queue holds."""

import time
from collections.abc import Iterator

import numpy as np
import trio

from actors.devices import MicrophoneDevice
from benchmarks.devices.meeting import two_in_a_call
from benchmarks.media.table import Row

WRITERS = 8
PORTIONS = 20
FRAMES = 777


async def _tasks(microphone: MicrophoneDevice) -> int:
    async def write() -> None:
        for _ in range(PORTIONS):
            await microphone.write(np.ones(FRAMES, np.int16))

    async with trio.open_nursery() as nursery:
        for _ in range(WRITERS):
            nursery.start_soon(write)
    await microphone.flush()
    return WRITERS * PORTIONS * FRAMES


async def _threads(microphone: MicrophoneDevice) -> int:
    def write() -> None:
        for _ in range(PORTIONS):
            trio.from_thread.run(microphone.write, np.ones(FRAMES, np.int16))

    async with trio.open_nursery() as nursery:
        for _ in range(WRITERS):
            nursery.start_soon(trio.to_thread.run_sync, write)
    await microphone.flush()
    return WRITERS * PORTIONS * FRAMES


async def _lost() -> tuple[int, int]:
    lost: list[int] = []
    async with two_in_a_call() as (ada, _):
        for number, crowd in enumerate((_tasks, _threads)):
            microphone = ada.microphone(f"m{number}")
            written = await crowd(microphone)
            lost.append(written - microphone.statistics().played)
    return lost[0], lost[1]


async def _flood() -> tuple[float, float]:
    """Seconds that 10 s take, and how many of them ever waited at once."""
    microphone, deepest = MicrophoneDevice("m"), 0.0

    async def watch() -> None:
        nonlocal deepest
        while True:
            deepest = max(deepest, microphone.statistics().depth / microphone.sample_rate)
            await trio.sleep(0.005)

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await microphone.write(bytes(320_000))
        await microphone.flush()
        nursery.cancel_scope.cancel()
    return time.perf_counter() - began, deepest


def rows() -> Iterator[Row]:
    tasks, threads = trio.run(_lost)
    yield Row(f"{WRITERS} tasks that write at once: frames lost", tasks, "", limit=0)
    yield Row(f"{WRITERS} threads that write at once: frames lost", threads, "", limit=0)
    seconds, deepest = trio.run(_flood)
    yield Row(
        "10 s offered at once: the writer waits, at least", seconds, "s", limit=9.99, at_least=True
    )
    yield Row("10 s offered: queued at most", deepest, "s", limit=0.2001)
