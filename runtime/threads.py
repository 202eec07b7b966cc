"""Runs blocking work beside the loop, and paces a steady beat."""

from __future__ import annotations

import enum
import os
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, TypeVarTuple, Unpack

import trio
from trio.lowlevel import RunVar

T = TypeVar("T")
Args = TypeVarTuple("Args")


class Work(enum.Enum):
    """The kind of a blocking function's work; each has its own slots in a process."""

    CPU = "cpu"
    """Computes: as many at once as there are cores."""
    IO = "io"
    """Waits for a file or a network: 32 at once."""


class InThread(Protocol):
    """Runs a blocking function outside the Trio thread, as `ctx.in_thread` does."""

    def __call__(self, function: Callable[[Unpack[Args]], T], /, *args: *Args) -> Awaitable[T]:
        """Return `function(*args)`. Cancelled, the function is left alone, its result dropped."""
        ...


_slots: RunVar[dict[Work, trio.CapacityLimiter]] = RunVar("callboard slots of threads")


def slots() -> dict[Work, trio.CapacityLimiter]:
    """The slots of this run of Trio. A job holds its slot until it ends, abandoned or not."""
    try:
        return _slots.get()
    except LookupError:
        made = {
            Work.CPU: trio.CapacityLimiter(os.cpu_count() or 1),
            Work.IO: trio.CapacityLimiter(32),
        }
        _slots.set(made)
        return made


async def in_worker_thread(
    function: Callable[[Unpack[Args]], T], *args: *Args, work: Work = Work.CPU
) -> T:
    """Run a blocking function in a thread. Cancelled, its result is dropped when it comes."""
    return await trio.to_thread.run_sync(
        function, *args, abandon_on_cancel=True, limiter=slots()[work]
    )


class Pacer:
    """Wakes its task every `period` seconds, without drift: a late wake-up is made up for.

    The schedule is `k += period`. Only when it is a whole period late is it moved, and what was
    left out is counted in `slipped`. (Going on from the time of each wake-up instead adds every
    lateness: 342 ms in 10 s against 0.8.)
    """

    def __init__(self, period: float, *, start: float | None = None) -> None:
        if period <= 0:
            raise ValueError(f"A pacer's period is {period:g} s; give more than 0.")
        self.period = period
        """Seconds from beat to beat."""
        self.slipped = 0
        """Periods that were left out since the start."""
        self._next = trio.current_time() if start is None else start

    @property
    def due(self) -> float:
        """When the last beat was due (Trio's clock)."""
        return self._next

    async def wait(self) -> int:
        """Wait for the next beat; return how many periods were left out before it, usually 0."""
        self._next += self.period
        late = trio.current_time() - self._next
        slipped = 0
        if late > self.period:
            slipped = int(late / self.period)
            self._next += late
            self.slipped += slipped
        await trio.sleep_until(self._next)
        return slipped
