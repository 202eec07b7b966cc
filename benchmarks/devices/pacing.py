"""How evenly a microphone paces those who write to it, beside loops that sleep."""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from statistics import median

import attrs
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
    """Milliseconds: intervals and what 10 s became."""

    intervals: list[float]
    drift: float

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
    drift = 1000 * abs(times[-1] - times[0] - SECONDS)
    return Pace(intervals, drift)


async def writing(microphone: MicrophoneDevice) -> Pace:
    await microphone.write(PCM * 10)  # the queue is full from here on
    return await measured(lambda: microphone.write(PCM))


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
        pace = trio.run(run)
        yield Row(
            f"{where}: median of 20 ms writes", pace.median, "ms", peer, sleeping.median, 20.5
        )
        yield Row(f"{where}: 99 % of intervals", pace.p99, "ms", peer, sleeping.p99, 23.0)
        yield Row(f"{where}: drift in 10 s", pace.drift, "ms", peer, sleeping.drift, 1.0)
