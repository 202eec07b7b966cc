"""An outlet with links behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

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
from runtime.marks import Mark
from runtime.options import OutletOptions
from runtime.ports import OutPort

if TYPE_CHECKING:
    from runtime.actor import Actor

T = TypeVar("T")

_NONE_DECLARED: Any = object()
"""Stands for the turn of an item whose type has none."""


class Outlet(OutPort[T]):
    """Sends to every link that is wired to one outlet of one actor.

    This is the way of every item: one coroutine, and no waiting where there is room.
    """

    __slots__ = ("_hand", "_offer", "links")

    def __init__(self, actor: Actor, name: str, options: OutletOptions, hand: Hand) -> None:
        super().__init__(actor, name, options)
        self.links: list[Link[T]] = []
        self._offer = self._discard
        self._hand = hand

    def connect(self, link: Link[T]) -> None:
        """Send into this link too."""
        self._offer = self._offer_all if self.links else link.offer
        self.links.append(link)

    @enable_ki_protection
    async def send(self, item: T) -> None:
        """Send to all links, waiting for room where a link blocks."""
        # What checkpoint_if_cancelled looks at; as a coroutine it would be a tenth of a hop.
        if current_task()._cancel_status.effectively_cancelled:  # pyright: ignore[reportPrivateUsage]
            await checkpoint_if_cancelled()
        hand = self._hand
        turn = getattr(item, "turn", _NONE_DECLARED)
        if turn is _NONE_DECLARED:
            turn = hand.turn
        if not self._offer(item, turn):
            hand.spent = 0
            await self._wait_for_room(item, turn)
        elif hand.sends:
            # One item out for one item in is counted at the inlet.
            if hand.spend():
                await cancel_shielded_checkpoint()
        else:
            hand.sends = 1

    @enable_ki_protection
    def send_nowait(self, item: T) -> None:
        """Send to all links, or to none and raise `trio.WouldBlock`."""
        hand = self._hand
        turn = getattr(item, "turn", _NONE_DECLARED)
        if turn is _NONE_DECLARED:
            turn = hand.turn
        # A loop: `any` would take two calls for each link, 50 times a second for each call's audio.
        for link in self.links:
            if link.would_block(turn):
                raise trio.WouldBlock
        self._offer(item, turn)

    @enable_ki_protection
    def mark(self, mark: Mark) -> None:
        """Put a mark into every link."""
        for link in self.links:
            link.mark(mark)

    @property
    def wired(self) -> bool:
        """Whether a link leads from here."""
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
