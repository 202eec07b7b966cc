"""From a write here to a read there, over the real engine on loopback."""

from collections.abc import Iterator
from statistics import median

import numpy as np
import trio

from benchmarks.devices.meeting import two_in_a_call
from benchmarks.media.table import Row

CLICKS = 20
LOUD = 3000


async def _milliseconds() -> list[float]:
    taken: list[float] = []
    click = np.tile(np.array([12_000, -12_000], np.int16), 160)  # 20 ms
    async with two_in_a_call() as (ada, bob):
        microphone, speaker = ada.microphone(), bob.speaker()
        await speaker.read(16_000)
        for number in range(CLICKS):
            await trio.sleep(0.3 + 0.0013 * number)  # at any phase of the call's tick
            speaker.clear()
            written = trio.current_time()
            await microphone.write(click)
            while np.abs(np.frombuffer(await speaker.read(80), np.int16)).max() < LOUD:
                pass
            taken.append(1000 * (trio.current_time() - written))
    return taken


def rows() -> Iterator[Row]:
    taken = trio.run(_milliseconds)
    yield Row("written to read, median", median(taken), "ms", limit=60)
    yield Row("written to read, longest", max(taken), "ms", limit=120)
