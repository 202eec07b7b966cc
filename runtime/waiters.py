"""Tasks that wait in a row, each for one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from trio.lowlevel import Abort, Task, reschedule

from runtime.marks import Entry
from runtime.parking import HANDED, message_for

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Giver(Protocol[T_contra]):
    """The link that an entry came from, as its receiver asks whether the entry is still good."""

    @property
    def timed(self) -> bool:
        """Whether entries age."""
        ...

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
