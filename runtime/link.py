"""A bounded channel between two ports."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    enable_ki_protection,
)

from runtime.errors import LinkFullError
from runtime.link_statistics import LinkStatistics
from runtime.marks import Mark
from runtime.overflow import Overflow
from runtime.waiters import Waiters

T = TypeVar("T")

STANDING_WINDOW = 0.5
"""Seconds over which the smallest depth of a live link is watched."""
FAIR_SHARE = 64
"""Operations without parking after which a task lets the others run."""

Entry = tuple[T | Mark, int | None, float]
"""An item or mark, its turn, and when it was put (Trio's clock, s)."""


class Link(Generic[T]):
    """Bounded memory between an outlet and an inlet; owned by the graph, not by an actor.

    It outlives every life of the actors at its ends: what it holds when one of them crashes is
    there for the next life. Only the supervisor closes it.

    `floor` is the turn floor: an item whose turn is below it is dropped, when queued at the
    moment the floor rises and when sent later. Items without a turn (live media) are never stale.
    """

    __slots__ = (
        "_closed",
        "_discarding",
        "_dropped",
        "_high_water",
        "_items",
        "_lowest",
        "_max_age",
        "_queue",
        "_readers",
        "_received",
        "_sent",
        "_spent",
        "_standing",
        "_window_end",
        "_writers",
        "capacity",
        "floor",
        "overflow",
        "probe",
        "source",
        "target",
    )

    def __init__(
        self,
        source: str,
        target: str,
        *,
        capacity: int = 16,
        overflow: Overflow = Overflow.BLOCK,
        max_age: float | None = None,
        readers: Waiters | None = None,
    ) -> None:
        self.source = source
        self.target = target
        self.capacity = 1 if overflow is Overflow.LATEST else capacity
        self.overflow = overflow
        self.floor = 0
        self.probe: Callable[[T, int | None], None] | None = None
        """Called with each accepted item and its turn; must return at once."""
        self._queue: deque[Entry[T]] = deque()
        self._items = 0
        self._readers = Waiters() if readers is None else readers
        self._writers = Waiters()
        self._max_age = max_age
        self._sent = self._received = self._high_water = self._spent = 0
        self._dropped: dict[str, int] = {}
        self._closed = self._discarding = False
        # A live link that is never empty carries a stall's delay for ever: it sheds that.
        self._standing = overflow is Overflow.DROP_OLDEST
        self._lowest = capacity
        self._window_end = 0.0

    @enable_ki_protection
    async def put(self, item: T, turn: int | None) -> None:
        """Send, waiting for room where the policy is BLOCK. Cancelled, it has not sent.

        Raises `trio.ClosedResourceError` after `close`, `LinkFullError` by policy.
        """
        await checkpoint_if_cancelled()
        while not self._offer(item, turn):
            self._spent = 0
            await self._writers.park()
        self._spent += 1
        if self._spent >= FAIR_SHARE:
            self._spent = 0
            await cancel_shielded_checkpoint()

    @enable_ki_protection
    def put_nowait(self, item: T, turn: int | None) -> None:
        """Send or raise `trio.WouldBlock`."""
        if not self._offer(item, turn):
            raise trio.WouldBlock

    def would_block(self, turn: int | None) -> bool:
        """Tell whether an item of `turn` would have to wait for room now."""
        return (
            self.overflow is Overflow.BLOCK
            and self._items >= self.capacity
            and not self._discarding
            and not self._closed
            and (turn is None or turn >= self.floor)
        )

    def mark(self, mark: Mark) -> None:
        """Put a mark behind what is queued; it takes no room."""
        if self._closed or self._discarding:
            return
        self._queue.append((mark, None, trio.current_time()))
        self._readers.wake_one()

    def _offer(self, item: T, turn: int | None) -> bool:
        """Take the item, or drop and count something by policy; False: there is no room."""
        if self._closed:
            raise trio.ClosedResourceError(f"the link {self} is closed")
        if turn is not None and turn < self.floor:
            self._drop("stale")
            return True
        if self._discarding:
            self._drop("discarded")
            return True
        if self._items >= self.capacity:
            match self.overflow:
                case Overflow.BLOCK:
                    return False
                case Overflow.DROP_NEWEST:
                    self._drop("newest")
                    return True
                case Overflow.ERROR:
                    raise LinkFullError(
                        f"The link {self} holds {self._items} items, its capacity; its receiver "
                        "does not keep up. Give it more capacity or another overflow policy."
                    )
                case Overflow.DROP_OLDEST:
                    self._drop_oldest("oldest")
                case Overflow.LATEST:
                    self._drop_oldest("latest")
        now = trio.current_time()
        self._queue.append((item, turn, now))
        self._items += 1
        self._sent += 1
        self._high_water = max(self._high_water, self._items)
        if self.probe is not None:
            self.probe(item, turn)
        self._readers.wake_one()
        if self._standing:
            self._shed(now)
        return True

    def _shed(self, now: float) -> None:
        """Drop the part of the queue that stood for the whole window, but one frame."""
        if now >= self._window_end:
            for _ in range(self._lowest - 1):
                self._drop_oldest("standing")
            self._window_end = now + STANDING_WINDOW
            self._lowest = self._items
        # Counted before the receiver took it: the new item itself is no queue.
        self._lowest = min(self._lowest, max(self._items - 1, 0))

    def take(self) -> Entry[T] | None:
        """Return the oldest entry, or None when nothing is queued. Never waits."""
        queue = self._queue
        while queue:
            entry = queue.popleft()
            if isinstance(entry[0], Mark):
                return entry
            self._items -= 1
            self._writers.wake_one()
            if self._max_age is not None and trio.current_time() - entry[2] > self._max_age:
                self._drop("age")
                continue
            self._received += 1
            return entry
        return None

    @enable_ki_protection
    async def get(self) -> Entry[T]:
        """Receive, waiting for an entry; `trio.EndOfChannel` after the last one when closed."""
        await checkpoint_if_cancelled()
        while (entry := self.take()) is None:
            if self._closed:
                raise trio.EndOfChannel
            await self._readers.park()
        return entry

    def raise_floor(self, floor: int) -> int:
        """Drop all that is queued with a turn below `floor`; return how many items that were."""
        if floor <= self.floor:
            return 0
        self.floor = floor
        stale = sum(1 for entry in self._queue if entry[1] is not None and entry[1] < floor)
        if stale:
            kept = [entry for entry in self._queue if entry[1] is None or entry[1] >= floor]
            self._queue.clear()
            self._queue.extend(kept)
            self._items -= stale
            self._drop("stale", stale)
        self._writers.wake_all()
        return stale

    def trim(self, keep: int, cause: str) -> int:
        """Drop the oldest items down to `keep`; return how many that were."""
        excess = max(self._items - keep, 0)
        for _ in range(excess):
            self._drop_oldest(cause)
        self._writers.wake_all()
        return excess

    def discard(self, discarding: bool) -> None:
        """While True nobody receives: what is queued and what comes is dropped and counted."""
        self._discarding = discarding
        if discarding:
            self._drop("discarded", self._items)
            self._queue.clear()
            self._items = 0
            self._writers.wake_all()

    def close(self) -> None:
        """End the stream behind what is queued. For the supervisor alone."""
        self._closed = True
        self._readers.wake_all()
        self._writers.wake_all()

    @property
    def closed(self) -> bool:
        """Whether the stream ends behind what is queued."""
        return self._closed

    def statistics(self) -> LinkStatistics:
        """Return an immutable picture of this moment."""
        age = trio.current_time() - self._queue[0][2] if self._queue else 0.0
        return LinkStatistics(
            source=self.source,
            target=self.target,
            capacity=self.capacity,
            overflow=self.overflow.value,
            sent=self._sent,
            received=self._received,
            dropped=dict(self._dropped),
            depth=self._items,
            high_water=self._high_water,
            oldest_age=age,
            floor=self.floor,
            closed=self._closed,
        )

    def _drop(self, cause: str, count: int = 1) -> None:
        if count:
            self._dropped[cause] = self._dropped.get(cause, 0) + count

    def _drop_oldest(self, cause: str) -> None:
        queue = self._queue
        for index, entry in enumerate(queue):
            if not isinstance(entry[0], Mark):
                del queue[index]
                self._items -= 1
                self._drop(cause)
                return

    def __str__(self) -> str:
        return f"{self.source} >> {self.target}"
