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


async def writing(microphone: MicrophoneDevice) -> tuple[Pace, Pace]:
    """The pace of writes, and of a loop that sleeps at the same time beside them."""
    await microphone.write(PCM * 10)  # the queue is full from here on
    paces: dict[str, Pace] = {}

    async def measure(name: str, beat: Beat) -> None:
        paces[name] = await measured(beat)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(measure, "ours", lambda: microphone.write(PCM))
        nursery.start_soon(measure, "theirs", _sleep)
    slipped = 1000 * microphone.statistics().slipped
    return attrs.evolve(paces["ours"], slipped=slipped), paces["theirs"]


async def _sleep() -> None:
    await trio.sleep(PERIOD)


async def _alone() -> tuple[Pace, Pace]:
    return await writing(MicrophoneDevice("m"))


async def _in_a_call() -> tuple[Pace, Pace]:
    async with two_in_a_call() as (ada, _):
        return await writing(ada.microphone())


def rows() -> Iterator[Row]:
    peer = "a loop of sleep(0.02)"
    for where, run in (("no call", _alone), ("in a call", _in_a_call)):
        # The machine is not alone: the quietest of three runs, beside the peer at that moment.
        pace, sleeping = min((trio.run(run) for _ in range(3)), key=lambda pair: pair[1].p99)
        late = max(23.0, round(1.1 * sleeping.p99, 1))
        yield Row(f"{where}: median of writes", pace.median, "ms", peer, sleeping.median, 20.5)
        yield Row(f"{where}: 99 % of intervals", pace.p99, "ms", peer, sleeping.p99, late)
        yield Row(f"{where}: drift in 10 s", pace.drift, "ms", peer, sleeping.drift, 1.0)
    yield Row("in a call: of that by the call's clock", pace.slipped, "ms")
