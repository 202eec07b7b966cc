"""The two ends of links while a graph runs: where items come from, and where they go."""

from __future__ import annotations

from typing import Generic, TypeVar

import trio
from trio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled, enable_ki_protection

from runtime.link import FAIR_SHARE, Entry, Link
from runtime.marks import Mark
from runtime.waiters import Waiters

T = TypeVar("T")


class CurrentTurn:
    """The turn of the item that an actor last received: given to what it sends without one."""

    __slots__ = ("turn",)

    def __init__(self) -> None:
        self.turn: int | None = None


class Outlet(Generic[T]):
    """Sends to every link that is wired to one outlet of one actor."""

    __slots__ = ("_current", "links")

    def __init__(self, current: CurrentTurn) -> None:
        self.links: list[Link[T]] = []
        self._current = current

    async def send(self, item: T) -> None:
        """Send to all links in turn, waiting for room where a link blocks."""
        turn = self._turn(item)
        links = self.links
        if not links:
            await checkpoint_if_cancelled()
        for link in links:
            await link.put(item, turn)

    def send_nowait(self, item: T) -> None:
        """Send to all links, or to none and raise `trio.WouldBlock`."""
        turn = self._turn(item)
        if len(self.links) > 1 and any(link.would_block(turn) for link in self.links):
            raise trio.WouldBlock
        for link in self.links:
            link.put_nowait(item, turn)

    def mark(self, mark: Mark) -> None:
        """Put a mark into every link."""
        for link in self.links:
            link.mark(mark)

    def _turn(self, item: T) -> int | None:
        try:
            return item.turn  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            return self._current.turn


class Inlet(Generic[T]):
    """Receives from every link that is wired to one inlet of one actor, in a fair order."""

    __slots__ = ("_current", "_next", "_spent", "last", "links", "readers")

    def __init__(self, current: CurrentTurn) -> None:
        self.links: list[Link[T]] = []
        self.readers = Waiters()
        self._current = current
        self._next = 0
        self._spent = 0
        self.last: T | None = None
        """The item in the actor's hand, for its crash report."""

    @enable_ki_protection
    async def receive(self) -> T | Mark:
        """Return the next item or mark; `trio.EndOfChannel` after the last of the last link."""
        await checkpoint_if_cancelled()
        while (entry := self._take()) is None:
            if all(link.closed for link in self.links):
                raise trio.EndOfChannel
            self._spent = 0
            await self.readers.park()
        self._spent += 1
        if self._spent >= FAIR_SHARE:
            # The entry is ours already: others may run, but it must not be lost.
            self._spent = 0
            await cancel_shielded_checkpoint()
        return self._accepted(entry)

    def receive_nowait(self) -> T | Mark:
        """Return what is queued or raise `trio.WouldBlock`."""
        entry = self._take()
        if entry is None:
            if all(link.closed for link in self.links):
                raise trio.EndOfChannel
            raise trio.WouldBlock
        return self._accepted(entry)

    def _take(self) -> Entry[T] | None:
        links = self.links
        if len(links) == 1:
            return links[0].take()
        for step in range(len(links)):
            index = (self._next + step) % len(links)
            if (entry := links[index].take()) is not None:
                self._next = index + 1
                return entry
        return None

    def _accepted(self, entry: Entry[T]) -> T | Mark:
        item, turn, _ = entry
        if not isinstance(item, Mark):
            self._current.turn = turn
            self.last = item
        return item
