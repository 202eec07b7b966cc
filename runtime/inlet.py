"""An inlet with links behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import trio
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    current_task,
    enable_ki_protection,
)

from runtime.hand import Hand
from runtime.link import Link
from runtime.link_statistics import LinkStatistics
from runtime.marks import Entry, Mark
from runtime.options import InletOptions
from runtime.parking import park
from runtime.ports import InPort, MarkedItems
from runtime.waiters import Row, Waiter

if TYPE_CHECKING:
    from runtime.actor import Actor

T = TypeVar("T")


class Inlet(InPort[T]):
    """Receives from every link that is wired to one inlet of one actor, in a fair order.

    This is the way of every item: one coroutine, and an item that finds its receiver waiting costs
    one reschedule. A task that never has to wait lets the others run now and then (see `Hand`).
    """

    __slots__ = ("_hand", "_next", "_only", "_spare", "links", "readers")

    def __init__(self, actor: Actor, name: str, options: InletOptions, hand: Hand) -> None:
        super().__init__(actor, name, options)
        self.links: list[Link[T]] = []
        self.readers: Row[T] = []
        self._only: Link[T] | None = None
        self._hand = hand
        self._next = 0
        self._spare: Waiter[T] | None = None

    def connect(self, link: Link[T]) -> None:
        """Receive from this link too."""
        self._only = None if self.links else link
        link.readers = self.readers
        self.links.append(link)

    def __aiter__(self) -> Inlet[T]:
        return self

    @enable_ki_protection
    async def __anext__(self, with_marks: bool = False) -> T:
        hand = self._hand
        while True:
            link = self._only or self._ready()
            if link is not None and link.queue:
                # As in Outlet.send.
                if current_task()._cancel_status.effectively_cancelled:  # pyright: ignore[reportPrivateUsage]
                    await checkpoint_if_cancelled()
                if (entry := link.take()) is None:
                    continue
                if hand.spend():
                    # The entry is ours already: others may run, but it must not be lost.
                    await cancel_shielded_checkpoint()
                item, turn, _ = entry
            elif self.ended if link is None else link.closed:
                await checkpoint_if_cancelled()
                raise self._end()
            else:
                hand.spent = 0
                # A task waits in one place at a time, so its waiter serves it again and again.
                waiter = self._spare
                if waiter is None or waiter.task is not current_task():
                    waiter = self._spare = Waiter(self.readers, current_task())
                self.readers.append(waiter)
                await park(waiter.message)
                if (entry := waiter.entry) is None:
                    continue
                waiter.entry = None
                item, turn, _ = entry
                # It may have gone stale between the hand-over and now.
                link = waiter.link
                if (link.timed or (turn is not None and turn < link.floor)) and not link.delivers(
                    entry
                ):
                    continue
            if not isinstance(item, Mark):
                hand.turn = turn
                hand.item = item
                hand.sends = 0
                return item
            if with_marks:
                return cast("T", item)
            hand.pass_on(item)

    async def receive(self) -> T:
        """Return the next item; `trio.EndOfChannel` after the last one."""
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise trio.EndOfChannel from None

    def with_marks(self) -> MarkedItems[T]:
        """Iterate over items and marks."""
        return _Marked(self)

    @enable_ki_protection
    def receive_nowait(self) -> T:
        """Return what is queued or raise `trio.WouldBlock`; marks are passed on."""
        while (entry := self._take()) is not None:
            item, turn, _ = entry
            if not isinstance(item, Mark):
                self._hand.turn = turn
                self._hand.item = item
                return item
            self._hand.pass_on(item)
        if self.ended:
            end = self._end()
            raise trio.EndOfChannel if isinstance(end, StopAsyncIteration) else end
        raise trio.WouldBlock

    def _end(self) -> Exception:
        """What ends receiving: the end of the stream, unless somebody abandoned it."""
        for link in self.links:
            if link.broken:
                return trio.ClosedResourceError(f"the link {link} was abandoned")
        return StopAsyncIteration()

    def done(self) -> None:
        """Forget what a next life would see again."""
        for link in self.links:
            link.forget()

    @property
    def ended(self) -> bool:
        """Whether all links are closed."""
        return all(link.closed for link in self.links)

    @property
    def wired(self) -> bool:
        """Whether a link leads here."""
        return bool(self.links)

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads here."""
        return tuple(link.statistics() for link in self.links)

    def _ready(self) -> Link[T] | None:
        """Of several links the next one that holds something."""
        links = self.links
        for step in range(len(links)):
            index = (self._next + step) % len(links)
            if links[index].queue:
                self._next = index + 1
                return links[index]
        return None

    def _take(self) -> Entry[T] | None:
        while (link := self._only or self._ready()) is not None and link.queue:
            if (entry := link.take()) is not None:
                return entry
        return None


class _Marked(MarkedItems[T]):
    """Iterates over one inlet's items and marks."""

    def __init__(self, inlet: Inlet[T]) -> None:
        self._inlet = inlet

    async def __anext__(self) -> T | Mark:
        return await self._inlet.__anext__(with_marks=True)
