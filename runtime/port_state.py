"""The state behind an actor's ports while it runs: inlets and outlets with their links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import trio
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    current_clock,
    current_task,
    enable_ki_protection,
)

from runtime.kinds import InletOptions, OutletOptions
from runtime.link import Link, LinkStatistics
from runtime.marks import Entry, Mark
from runtime.ports import InPort, ManyInPort, MarkedItems, Named, OutPort
from runtime.waiting import Row, Waiter, park

FAIR_SHARE = 64
"""Items after which a task that never had to wait lets the others run."""
FAIR_TIME = 0.001
"""Seconds after which it does so, however few items that were."""
REMEMBERED_MARKS = 32
"""Marks that an actor passed on lately: each goes round a cycle once."""


class PortState:
    """The state of an actor's ports: the last item, the items since it waited, where marks go."""

    __slots__ = ("_clock", "_passed", "_since", "item", "pass_to", "sends", "spent", "turn")

    def __init__(self) -> None:
        self.turn: int | None = None
        """The turn of the item that was received last: given to what is sent without one."""
        self.item: object = None
        """That item, for the crash report."""
        self.pass_to: list[Callable[[Mark], None]] = []
        """The outlets that marks go to which nobody asks for."""
        self.spent = 0
        """Items since the actor last waited."""
        self.sends = 0
        """Items sent since it last received."""
        self._since = 0.0
        self._clock = current_clock().current_time
        self._passed: tuple[Mark, ...] = ()

    def pass_on(self, mark: Mark) -> None:
        """Put a mark that nobody asked for into every outlet, once."""
        if any(mark is earlier for earlier in self._passed):
            return
        self._passed = (*self._passed[1 - REMEMBERED_MARKS :], mark)
        for pass_to in self.pass_to:
            pass_to(mark)

    def spend(self) -> bool:
        """Count an item that needed no waiting; True when it is time to let the others run."""
        spent = self.spent = self.spent + 1
        if spent == 1:
            self._since = self._clock()
            return False
        if spent < FAIR_SHARE and self._clock() - self._since < FAIR_TIME:
            return False
        self.spent = 0
        return True


T = TypeVar("T")


class Inlet(InPort[T]):
    """Receives from every link that is wired to one inlet of one actor, in a fair order.

    This is the way of every item: one coroutine, and an item that finds its receiver waiting costs
    one reschedule. A task that never has to wait lets the others run now
    and then (see `PortState`).
    """

    __slots__ = ("_next", "_only", "_spare", "_state", "links", "readers")

    def __init__(self, actor: Named, name: str, options: InletOptions, state: PortState) -> None:
        super().__init__(actor, name, options)
        self.links: list[Link[T]] = []
        self.readers: Row[T] = []
        self._only: Link[T] | None = None
        self._state = state
        self._next = 0
        self._spare: Waiter[T] | None = None

    def connect(self, link: Link[T]) -> None:
        self._only = None if self.links else link
        link.readers = self.readers
        self.links.append(link)

    def __aiter__(self) -> Inlet[T]:
        return self

    @enable_ki_protection
    async def __anext__(self, with_marks: bool = False) -> T:
        state = self._state
        while True:
            link = self._only or self._ready()
            if link is not None and link.queue:
                # As in Outlet.send.
                if current_task()._cancel_status.effectively_cancelled:  # pyright: ignore[reportPrivateUsage]
                    await checkpoint_if_cancelled()
                if (entry := link.take()) is None:
                    continue
                if state.spend():
                    # The entry is ours already: others may run, but it must not be lost.
                    await cancel_shielded_checkpoint()
                item, turn, _ = entry
            elif self.ended if link is None else link.closed:
                await checkpoint_if_cancelled()
                raise self._end()
            else:
                state.spent = 0
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
                state.turn = turn
                state.item = item
                state.sends = 0
                return item
            if with_marks:
                return cast("T", item)
            state.pass_on(item)

    async def receive(self) -> T:
        """Return the next item; `trio.EndOfChannel` after the last one."""
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise trio.EndOfChannel from None

    def with_marks(self) -> MarkedItems[T]:
        return _Marked(self)

    @enable_ki_protection
    def receive_nowait(self) -> T:
        """Return what is queued or raise `trio.WouldBlock`; marks are passed on."""
        while (entry := self._take()) is not None:
            item, turn, _ = entry
            if not isinstance(item, Mark):
                self._state.turn = turn
                self._state.item = item
                return item
            self._state.pass_on(item)
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
        return all(link.closed for link in self.links)

    @property
    def wired(self) -> bool:
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


class ManyInlet(ManyInPort[T]):
    """A mapping of source (`path.port`) to the inlet that receives from it alone."""

    __slots__ = ("_sources", "_state")

    def __init__(self, actor: Named, name: str, options: InletOptions, state: PortState) -> None:
        super().__init__(actor, name, options)
        self._sources: dict[str, Inlet[T]] = {}
        self._state = state

    def connect(self, link: Link[T]) -> None:
        inlet = Inlet[T](self.actor, self.name, self.options, self._state)
        inlet.connect(link)
        source, number = link.source, 1
        while source in self._sources:
            number += 1
            source = f"{link.source}{number}"
        self._sources[source] = inlet

    @property
    def links(self) -> list[Link[T]]:
        return [link for inlet in self._sources.values() for link in inlet.links]

    @property
    def wired(self) -> bool:
        return bool(self._sources)

    def done(self) -> None:
        """Forget what a next life would see again."""
        for inlet in self._sources.values():
            inlet.done()

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads here."""
        return tuple(link.statistics() for link in self.links)

    def __getitem__(self, source: str) -> InPort[T]:
        return self._sources[source]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __bool__(self) -> bool:
        return True


_NONE_DECLARED: Any = object()
"""Stands for the turn of an item whose type has none."""


class Outlet(OutPort[T]):
    """Sends to every link that is wired to one outlet of one actor.

    This is the way of every item: one coroutine, and no waiting where there is room.
    """

    __slots__ = ("_offer", "_state", "links")

    def __init__(self, actor: Named, name: str, options: OutletOptions, state: PortState) -> None:
        super().__init__(actor, name, options)
        self.links: list[Link[T]] = []
        self._offer = self._discard
        self._state = state

    def connect(self, link: Link[T]) -> None:
        self._offer = self._offer_all if self.links else link.offer
        self.links.append(link)

    @enable_ki_protection
    async def send(self, item: T) -> None:
        """Send to all links, waiting for room where a link blocks."""
        # What checkpoint_if_cancelled looks at; as a coroutine it would be a tenth of a hop.
        if current_task()._cancel_status.effectively_cancelled:  # pyright: ignore[reportPrivateUsage]
            await checkpoint_if_cancelled()
        state = self._state
        turn = getattr(item, "turn", _NONE_DECLARED)
        if turn is _NONE_DECLARED:
            turn = state.turn
        if not self._offer(item, turn):
            state.spent = 0
            await self._wait_for_room(item, turn)
        elif state.sends:
            # One item out for one item in is counted at the inlet.
            if state.spend():
                await cancel_shielded_checkpoint()
        else:
            state.sends = 1

    @enable_ki_protection
    def send_nowait(self, item: T) -> None:
        """Send to all links, or to none and raise `trio.WouldBlock`."""
        state = self._state
        turn = getattr(item, "turn", _NONE_DECLARED)
        if turn is _NONE_DECLARED:
            turn = state.turn
        # A loop: `any` would take two calls for each link, 50 times a second for each call's audio.
        for link in self.links:
            if link.would_block(turn):
                raise trio.WouldBlock
        self._offer(item, turn)

    @enable_ki_protection
    def mark(self, mark: Mark) -> None:
        for link in self.links:
            link.mark(mark)

    @property
    def wired(self) -> bool:
        return bool(self.links)

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads from here."""
        return tuple(link.statistics() for link in self.links)

    async def _wait_for_room(self, item: T, turn: int | None) -> None:
        if len(self.links) == 1:
            await self.links[0].wait_for_room(item, turn)
            return
        # Where one of several has no room, those that have were not given the item yet.
        for link in self.links:
            if not link.offer(item, turn):
                await link.wait_for_room(item, turn)

    def _offer_all(self, item: T, turn: int | None) -> bool:
        links = self.links
        for link in links:
            if link.would_block(turn):
                return False
        for link in links:
            link.offer(item, turn)
        return True

    @staticmethod
    def _discard(item: T, turn: int | None) -> bool:
        return True
