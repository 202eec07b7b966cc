"""Tasks that wait in a row, each for one entry."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Generator
from typing import Final, Generic, Protocol, TypeVar, cast

import outcome
from trio.lowlevel import Abort, Task, reschedule

from runtime.marks import Entry

# Parking a task again and again at half of what `trio.lowlevel.wait_task_rescheduled` costs.
#
# That makes a message, an outcome and a coroutine each time, a quarter of a hop. Here the message
# is made once for each waiter, and the outcome of a hand-over once for all: `park` does not unwrap
# it. The class of the message is Trio's own, under a private name that `test_trio_names.py` holds.

RaiseCancel = Callable[[], object]


class Wakeup(Protocol):
    """What a task yields to Trio's loop."""


class _MakeMessage(Protocol):
    def __call__(self, abort_func: Callable[[RaiseCancel], Abort]) -> Wakeup: ...


message_for: Final = cast(
    "_MakeMessage", importlib.import_module("trio._core._traps").WaitTaskRescheduled
)
"""Makes the message that parks a task; its argument leaves the row when the task is cancelled."""

HANDED: Final[outcome.Outcome[object]] = outcome.Value(None)
"""Given to `trio.lowlevel.reschedule` for whoever is parked by `park`."""


@types.coroutine
def park(message: Wakeup) -> Generator[Wakeup, outcome.Outcome[object], None]:
    """Wait to be rescheduled; raises `trio.Cancelled` where the abort function let go."""
    result = yield message
    if result is not HANDED:
        result.unwrap()


T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Giver(Protocol[T_contra]):
    """The link that an entry came from, as its receiver asks whether the entry is still good."""

    @property
    def timed(self) -> bool: ...

    @property
    def floor(self) -> int:
        """The oldest turn that is still delivered."""
        ...

    def delivers(self, entry: Entry[T_contra]) -> bool:
        """Return whether an entry is still to be received; count it as dropped where not."""
        ...


class Waiter(Generic[T]):
    """One parked task and what is handed to it (a receiver) or taken from it (a sender).

    It is the abort function of its own message: cancelled, it leaves the row, so whoever hands
    something over never meets a task that is gone.
    """

    __slots__ = ("entry", "error", "link", "message", "row", "task")

    def __init__(self, row: Row[T], task: Task) -> None:
        self.row = row
        self.task = task
        self.entry: Entry[T] | None = None
        self.link: Giver[T]
        """Where the entry came from; set with it."""
        self.error: Exception | None = None
        self.message = message_for(self)
        """Parks the task."""

    def __call__(self, _: Callable[[], object]) -> Abort:
        """Leave the row."""
        self.row.remove(self)
        return Abort.SUCCEEDED


Row = list[Waiter[T]]
"""First in, first out; hardly ever more than one. (An empty deque holds 600 bytes.)"""


def wake_all(row: Row[T], error: Exception | None = None) -> None:
    """Wake all in the row, empty-handed; `error` is raised in each."""
    while row:
        waiter = row.pop(0)
        waiter.error = error
        reschedule(waiter.task, HANDED)
