"""How evenly a microphone paces those who write to it, beside loops that sleep."""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from statistics import median

import attrs
import numpy as np
import trio

from actors.devices import MicrophoneDevice
from benchmarks.devices.meeting import two_in_a_call
from benchmarks.media.table import Row

SECONDS = 10
PERIOD = 0.02
PCM = bytes(640)
"""20 ms at 16 kHz."""

Beat = Callable[[], Awaitable[object]]


@attrs.frozen
class Pace:
    """Milliseconds: intervals, what 10 s became, and by how much the call's own clock slipped."""

    intervals: list[float]
    drift: float
    slipped: float = 0.0

    @property
    def median(self) -> float:
        return median(self.intervals)

    @property
    def p99(self) -> float:
        return sorted(self.intervals)[int(0.99 * len(self.intervals))]


async def measured(beat: Beat) -> Pace:
    times = [trio.current_time()]
    for _ in range(round(SECONDS / PERIOD)):
        await beat()
        times.append(trio.current_time())
    intervals = [1000 * (b - a) for a, b in itertools.pairwise(times)]
    # By all of them: the last alone may have been woken late, which is no drift.
    slope = float(np.polyfit(np.arange(len(times)), times, 1)[0])
    return Pace(intervals, 1000 * abs(slope / PERIOD - 1) * SECONDS)


async def writing(microphone: MicrophoneDevice) -> Pace:
    await microphone.write(PCM * 10)  # the queue is full from here on
    pace = await measured(lambda: microphone.write(PCM))
    return attrs.evolve(pace, slipped=1000 * microphone.statistics().slipped)


async def _alone() -> Pace:
    return await writing(MicrophoneDevice("m"))


async def _in_a_call() -> Pace:
    async with two_in_a_call() as (ada, _):
        return await writing(ada.microphone())


async def _sleeping() -> Pace:
    async def sleep() -> None:
        await trio.sleep(PERIOD)

    return await measured(sleep)


def rows() -> Iterator[Row]:
    sleeping = trio.run(_sleeping)
    peer = "a loop of sleep(0.02)"
    for where, run in (("no call", _alone), ("in a call", _in_a_call)):
        # The machine is not alone, and a ticker that is held up for 20 ms is every device's fate.
        pace = sorted((trio.run(run) for _ in range(3)), key=lambda each: each.p99)[1]
        yield Row(f"{where}: median of writes", pace.median, "ms", peer, sleeping.median, 20.5)
        yield Row(f"{where}: 99 % of intervals", pace.p99, "ms", peer, sleeping.p99, 23.0)
        yield Row(f"{where}: drift in 10 s", pace.drift, "ms", peer, sleeping.drift, 1.0)
        yield Row(f"{where}: of that by the call's clock", pace.slipped, "ms")
