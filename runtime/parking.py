"""Parking a task again and again at half of what `trio.lowlevel.wait_task_rescheduled` costs.

That makes a message, an outcome and a coroutine each time, a quarter of a hop. Here the message is
made once for each waiter, and the outcome of a hand-over once for all: `park` does not unwrap it.
The class of the message is Trio's own, under a private name that `test_trio_names.py` holds.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Generator
from typing import Final, Protocol, cast

import outcome
from trio.lowlevel import Abort

RaiseCancel = Callable[[], object]


class Message(Protocol):
    """What a task yields to Trio's loop."""


class _MakeMessage(Protocol):
    def __call__(self, abort_func: Callable[[RaiseCancel], Abort]) -> Message: ...


message_for: Final = cast(
    "_MakeMessage", importlib.import_module("trio._core._traps").WaitTaskRescheduled
)
"""Makes the message that parks a task; its argument leaves the row when the task is cancelled."""

HANDED: Final[outcome.Outcome[object]] = outcome.Value(None)
"""Given to `trio.lowlevel.reschedule` for whoever is parked by `park`."""


@types.coroutine
def park(message: Message) -> Generator[Message, outcome.Outcome[object], None]:
    """Wait to be rescheduled; raises `trio.Cancelled` where the abort function let go."""
    result = yield message
    if result is not HANDED:
        result.unwrap()
