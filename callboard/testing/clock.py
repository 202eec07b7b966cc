"""The lab's clock: it starts at 0 and jumps to the next deadline whenever every task is blocked.

As `trio.testing.MockClock(autojump_threshold=0)` does, but without a turn of the run loop and a
look at the operating system for each jump: half of the time of a long call.
"""

import importlib
import math
from collections.abc import Sized
from typing import Protocol, cast

import trio

_run_loop = importlib.import_module("trio._core._run")


class _Runner(Protocol):
    @property
    def waiting_for_idle(self) -> Sized: ...


class VirtualClock(trio.abc.Clock):
    """For one `trio.run`. Tasks in `wait_all_tasks_blocked` are woken before it jumps."""

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting_for_idle: Sized = ()

    def start_clock(self) -> None:
        """Find out who waits for idle; Trio has no public name for it."""
        self._waiting_for_idle = cast(
            "_Runner", _run_loop.GLOBAL_RUN_CONTEXT.runner
        ).waiting_for_idle

    def current_time(self) -> float:
        """Seconds of virtual time."""
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Jump to `deadline`. Trio asks this only when no task can run."""
        if len(self._waiting_for_idle) or deadline == math.inf:
            return deadline - self._now
        self._now = max(self._now, deadline)
        return 0.0
