"""Blocking work beside the loop."""

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
    """What a blocking function mostly does; each kind has its own slots in a process."""

    CPU = "cpu"
    """Computes: as many at once as there are cores."""
    IO = "io"
    """Waits for a file or a network: 32 at once."""


class InThread(Protocol):
    """How `ctx.in_thread` runs a blocking function."""

    def __call__(self, function: Callable[[Unpack[Args]], T], *args: *Args) -> Awaitable[T]:
        """Return the function's result; cancelled, drop it."""
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
