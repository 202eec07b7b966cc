"""Tells who holds up the loop, and where a task stands."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager

from trio.abc import Instrument
from trio.lowlevel import Task, add_instrument, remove_instrument

STALL = 0.02
"""Seconds: a frame of audio is late when one step takes longer."""

OnStall = Callable[[str, float], None]
"""Gets the task's name and the seconds of its step."""


class _Watch(Instrument):
    """Times each step of each task, by the real clock: 0.3 us a step, so nobody pays unasked."""

    def __init__(self, paths: Collection[str], limit: float, on_stall: OnStall) -> None:
        self._paths = paths
        self._limit = limit
        self._on_stall = on_stall
        self._began = 0.0

    def before_task_step(self, task: Task) -> None:
        self._began = time.perf_counter()

    def after_task_step(self, task: Task) -> None:
        seconds = time.perf_counter() - self._began
        if self._began and seconds > self._limit:
            self._on_stall(_owner(task, self._paths), seconds)


def _owner(task: Task, paths: Collection[str]) -> str:
    """The name of the nearest task above that is an actor's: those are named by their path."""
    above: Task | None = task
    while above is not None:
        if above.name in paths:
            return above.name
        nursery = above.parent_nursery
        above = None if nursery is None else nursery.parent_task
    return task.name


@contextmanager
def watched(paths: Collection[str], limit: float, on_stall: OnStall) -> Generator[None]:
    """Report every step that takes longer than `limit` seconds, while the block runs."""
    watch = _Watch(paths, limit, on_stall)
    add_instrument(watch)
    try:
        yield
    finally:
        remove_instrument(watch)


def stack_of(task: Task) -> str:
    """The frames that a task awaits in, outermost first, as a traceback shows them; and those of
    the tasks in its nurseries, which it may be waiting for."""
    parts: list[str] = []
    ahead = [task]
    while ahead:
        each = ahead.pop(0)
        frames = [traceback.FrameSummary(f.f_code.co_filename, line, f.f_code.co_name)
                  for f, line in each.iter_await_frames()]  # fmt: skip
        parts.append(f"{each.name}\n{''.join(traceback.format_list(frames))}")
        ahead += [child for nursery in each.child_nurseries for child in nursery.child_tasks]
    return "".join(parts)
