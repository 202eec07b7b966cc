"""A bounded channel between two ports."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, cast

import attrs
import trio
from trio.lowlevel import current_clock, current_task, reschedule

from runtime.errors import LinkFullError
from runtime.kinds import Overflow
from runtime.marks import Entry, Gap, Mark, Replay, Replayed
from runtime.waiting import HANDED, Row, Waiter, park, wake_all

QUIET = 1.0
"""Seconds between two reports of one link about one cause: 50 lost frames are one sentence."""

OnDrop = Callable[[str, str, int], None]
"""Gets the link, the cause and how many items were dropped since the last report."""


class Drops:
    """Items dropped by cause. The first of a cause is reported at once, then once in `QUIET`."""

    __slots__ = ("_link", "_on_drop", "_reported", "by_cause")

    def __init__(self, link: str, on_drop: OnDrop | None) -> None:
        self.by_cause: dict[str, int] = {}
        self._link = link
        self._on_drop = on_drop
        self._reported: dict[str, tuple[int, float]] = {}

    def count(self, cause: str, items: int = 1) -> None:
        """Count items that were dropped for `cause`."""
        if not items:
            return
        total = self.by_cause[cause] = self.by_cause.get(cause, 0) + items
        if self._on_drop is None:
            return
        now = trio.current_time()
        told, at = self._reported.get(cause, (0, -QUIET))
        if now - at >= QUIET:
            self._reported[cause] = (total, now)
            self._on_drop(self._link, cause, total - told)


WINDOW = 0.5
"""Seconds over which the smallest depth of a live link is watched."""
PARTS = 5
"""Parts of the window: it slides by one of them, so what stands is noticed within 0.6 s."""


class StandingQueue:
    """Finds what stands in a queue that never runs empty.

    A bounded queue keeps a stall's delay when both sides go on at the same rate (a 1 s stall once:
    100 ms for ever). What was there during the whole window is delay and nothing else, but for the
    frame that was just put.
    """

    __slots__ = ("_lowest", "_parts", "_until")

    def __init__(self) -> None:
        self._lowest = 0
        self._parts: deque[int] = deque(maxlen=PARTS)
        self._until = 0.0

    def excess(self, depth: int, now: float) -> int:
        """Return how many of the `depth` items to drop now, just after one was put."""
        self._lowest = min(self._lowest, depth)
        if now < self._until:
            return 0
        self._parts.append(self._lowest)
        self._until = now + WINDOW / PARTS
        excess = max(min(self._parts) - 1, 0) if len(self._parts) == PARTS else 0
        if excess:
            self._parts.clear()
        self._lowest = depth - excess
        return excess


@attrs.frozen
class LinkStatistics:
    """A moment of a link. Ages in seconds; `dropped` counts items by cause.

    Causes: `oldest`, `newest`, `latest` (overflow), `stale` (below the turn floor), `standing`
    (a queue that never ran empty), `age` (older than `max_age`), `discarded` (nobody receives).
    """

    source: str
    target: str
    capacity: int
    overflow: str
    sent: int
    received: int
    dropped: Mapping[str, int]
    depth: int
    high_water: int
    oldest_age: float
    floor: int
    closed: bool
    senders_waiting: int = 0


T = TypeVar("T")

Probe = Callable[[T, int | None], None]
"""Sees an accepted item and its turn; must return at once."""


class Link(Generic[T]):
    """Bounded memory between an outlet and an inlet; owned by the graph, not by an actor.

    It outlives every life of the actors at its ends: what it holds when one of them crashes is
    there for the next life. Only the supervisor closes it. All of it is synchronous but
    `wait_for_room`; waiting for items is the inlet's, which may have several links.

    `floor` is the turn floor: an item whose turn is below it is dropped, when queued at the
    moment the floor rises and when sent later. Items without a turn (live media) are never stale.

    An item that finds a receiver waiting is handed over without being queued, so nobody who comes
    later can take it first.
    """

    __slots__ = (
        "_clock",
        "_discarding",
        "_drops",
        "_high_water",
        "_items",
        "_lost",
        "_probes",
        "_refuses",
        "_replayed",
        "_sent",
        "_standing",
        "_watched",
        "_writers",
        "broken",
        "capacity",
        "closed",
        "floor",
        "max_age",
        "overflow",
        "queue",
        "readers",
        "source",
        "target",
        "timed",
    )

    def __init__(
        self,
        source: str,
        target: str,
        *,
        capacity: int = 16,
        overflow: Overflow = Overflow.BLOCK,
        max_age: float | None = None,
        replay: Replay | None = None,
        on_drop: OnDrop | None = None,
    ) -> None:
        self.source = source
        self.target = target
        self.capacity = 1 if overflow is Overflow.LATEST else capacity
        self.overflow = overflow
        self.max_age = max_age
        self.floor = 0
        self.queue: deque[Entry[T]] = deque()
        """What lies here. For the ends alone, which look whether there is anything."""
        self.closed = False
        """Whether the stream ends behind what is queued."""
        self.readers: Row[T] = []
        """Who waits at the inlet; the inlet puts its own row here."""
        self._clock = current_clock().current_time
        self._items = 0
        self._writers: Row[T] = []
        self._probes: tuple[Probe[T], ...] = ()
        self._sent = self._lost = self._high_water = 0
        self._drops = Drops(str(self), on_drop)
        self.broken = False
        """Whether the receiving side was abandoned."""
        self._discarding = self._refuses = False
        self._standing = StandingQueue() if overflow is Overflow.DROP_OLDEST else None
        self._replayed = None if replay is None else Replayed[T]()
        self._watched = self._standing is not None
        # A hand-over takes no time worth reading the clock for, unless somebody asks for ages.
        self.timed = max_age is not None or replay is not None

    # Sending

    def offer(self, item: T, turn: int | None) -> bool:
        """Take the item, or drop and count something by policy; False: there is no room.

        Raises `trio.ClosedResourceError` after `close`, `trio.BrokenResourceError` after
        `abandon`, `LinkFullError` by policy.
        """
        if self._refuses or (turn is not None and turn < self.floor):
            self._refuse(turn)
            return True
        if self.readers:
            # Whoever waits, waits because nothing is queued: hand it over.
            waiter = self.readers.pop(0)
            waiter.entry = (item, turn, self._clock() if self.timed else 0.0)
            waiter.link = self
            self._sent += 1
            if self._watched:
                self._seen(item, turn)
            reschedule(waiter.task, HANDED)
            return True
        if self._items >= self.capacity and not self._make_room():
            return self.overflow is not Overflow.BLOCK
        self._append((item, turn, self._clock()))
        return True

    async def wait_for_room(self, item: T, turn: int | None) -> None:
        """Wait in the row of senders until the item was taken. Cancelled, it was not sent."""
        waiter = Waiter(self._writers, current_task())
        waiter.entry = (item, turn, self._clock())
        self._writers.append(waiter)
        await park(waiter.message)
        if waiter.error is not None:
            raise waiter.error

    def would_block(self, turn: int | None) -> bool:
        """Tell whether an item of `turn` would have to wait for room now."""
        return (
            self.overflow is Overflow.BLOCK
            and self._items >= self.capacity
            and not self._refuses
            and (turn is None or turn >= self.floor)
        )

    def mark(self, mark: Mark) -> None:
        """Put a mark behind what is queued; it takes no room. Gaps in a row are one."""
        if self._refuses:
            return
        entry: Entry[T] = (mark, None, self._clock())
        if self.readers:
            waiter = self.readers.pop(0)
            waiter.entry, waiter.link = entry, self
            reschedule(waiter.task, HANDED)
        elif not (isinstance(mark, Gap) and self.queue and isinstance(self.queue[-1][0], Gap)):
            self.queue.append(entry)

    def _append(self, entry: Entry[T]) -> None:
        self.queue.append(entry)
        self._sent += 1
        self._items = items = self._items + 1
        if items > self._high_water:  # noqa: PLR1730 (max() costs more than the rest of this)
            self._high_water = items
        if self._watched:
            self._seen(entry[0], entry[1])

    def _seen(self, item: T | Mark, turn: int | None) -> None:
        """Show an item that was just taken to the probes, and shed what stands."""
        for probe in self._probes:
            probe(cast("T", item), turn)
        if self._standing is not None:
            excess = self._standing.excess(self._items, self._clock())
            if excess:
                self.trim(self._items - excess, "standing")

    def _refuse(self, turn: int | None) -> None:
        """Say why the item is not taken: raise, or count it as dropped."""
        if self.broken:
            raise self._gone()
        if self.closed:
            raise trio.ClosedResourceError(f"the link {self} is closed")
        self._drops.count("discarded" if self._discarding else "stale")

    def _make_room(self) -> bool:
        """Drop the oldest where the policy says so; False: the new item finds no room."""
        match self.overflow:
            case Overflow.DROP_OLDEST:
                self._drop_oldest("oldest")
            case Overflow.LATEST:
                self._drop_oldest("latest")
            case Overflow.DROP_NEWEST:
                self._drops.count("newest")
                return False
            case Overflow.ERROR:
                raise LinkFullError(
                    f"The link {self} holds {self._items} items, its capacity; its receiver "
                    "does not keep up. Give it more capacity or another overflow policy."
                )
            case Overflow.BLOCK:
                return False
        return True

    # Receiving

    def take(self) -> Entry[T] | None:
        """Return the oldest entry that is not too old, or None. Never waits."""
        queue = self.queue
        while queue:
            entry = queue.popleft()
            if not isinstance(entry[0], Mark):
                self._items -= 1
                if self._writers:
                    self._admit()
            if not self.timed or self.delivers(entry):
                return entry
        return None

    def delivers(self, entry: Entry[T]) -> bool:
        """Tell whether an entry may still be handed to the actor; if not, it counts as dropped."""
        item, turn, put_at = entry
        if not isinstance(item, Mark):
            if turn is not None and turn < self.floor:
                self._lose("stale")
                return False
            if self.max_age is not None and self._clock() - put_at > self.max_age:
                self._lose("age")
                return False
        if self._replayed is not None:
            self._replayed.add(entry)
        return True

    def _admit(self) -> None:
        """Let the sender that has waited longest put its item."""
        waiter = self._writers.pop(0)
        if waiter.entry is not None:
            self._append(waiter.entry)
        reschedule(waiter.task, HANDED)

    @property
    def replays(self) -> bool:
        """Whether the current turn is handed to the receiver's next life."""
        return self._replayed is not None

    def forget(self) -> None:
        """Keep nothing of the current turn for a next life."""
        if self._replayed is not None:
            self._replayed.clear()

    def rewind(self) -> int:
        """Put back what the last life received of the current turn; return how many items."""
        if self._replayed is None:
            return 0
        entries = self._replayed.rewound(self.floor, self._clock())
        self.queue.extendleft(reversed(entries))
        items = sum(1 for entry in entries if not isinstance(entry[0], Mark))
        self._items += items
        return items

    # What the supervisor and interruption do

    def raise_floor(self, floor: int) -> int:
        """Drop all that is queued or waits with a turn below `floor`; return how many items."""
        if floor <= self.floor:
            return 0
        self.floor = floor
        stale = self._drop_stale(floor) if self.queue else 0
        for waiter in list(self._writers):
            if (entry := waiter.entry) and entry[1] is not None and entry[1] < floor:
                self._writers.remove(waiter)
                self._drops.count("stale")
                stale += 1
                reschedule(waiter.task, HANDED)
        self._admit_all()
        return stale

    def _drop_stale(self, floor: int) -> int:
        kept = [entry for entry in self.queue if entry[1] is None or entry[1] >= floor]
        stale = len(self.queue) - len(kept)
        if stale:
            self.queue.clear()
            self.queue.extend(kept)
            self._items -= stale
            self._lose("stale", stale)
        return stale

    def trim(self, keep: int, cause: str) -> int:
        """Drop the oldest items down to `keep`; return how many that were."""
        excess = max(self._items - max(keep, 0), 0)
        for _ in range(excess):
            self._drop_oldest(cause)
        return excess

    def discard(self, discarding: bool) -> None:
        """While True nobody receives: what is queued and what comes is dropped and counted."""
        self._discarding = discarding
        self._refuses = discarding or self.closed or self.broken
        if discarding:
            self._lose("discarded", self._items)
            self._drops.count("discarded", len(self._writers))
            self.queue.clear()
            self._items = 0
            wake_all(self._writers)

    def close(self) -> None:
        """End the stream behind what is queued. For the supervisor alone."""
        if self.closed:
            return
        self.closed = self._refuses = True
        wake_all(self._writers, trio.ClosedResourceError(f"the link {self} was closed"))
        wake_all(self.readers)

    def abandon(self) -> None:
        """Fail every later use, and drop what is queued: nobody receives any more."""
        self.broken = self.closed = True
        wake_all(self._writers, self._gone())
        self.discard(True)
        wake_all(self.readers)

    def _gone(self) -> Exception:
        return trio.BrokenResourceError(f"nobody receives from the link {self} any more")

    # What observers see

    def probe(self, probe: Probe[T]) -> Callable[[], None]:
        """Show each item that is taken from now on to `probe`; call the result to end that."""
        self._probes = (*self._probes, probe)
        self._watched = True

        def remove() -> None:
            self._probes = tuple(other for other in self._probes if other is not probe)
            self._watched = bool(self._probes) or self._standing is not None

        return remove

    def statistics(self) -> LinkStatistics:
        """Return an immutable picture of this moment."""
        return LinkStatistics(
            source=self.source,
            target=self.target,
            capacity=self.capacity,
            overflow=self.overflow.value,
            sent=self._sent,
            received=self._sent - self._items - self._lost,
            dropped=dict(self._drops.by_cause),
            depth=self._items,
            high_water=self._high_water,
            oldest_age=self._clock() - self.queue[0][2] if self.queue else 0.0,
            floor=self.floor,
            closed=self.closed,
            senders_waiting=len(self._writers),
        )

    def _admit_all(self) -> None:
        while self._writers and self._items < self.capacity:
            self._admit()

    def _drop_oldest(self, cause: str) -> None:
        queue = self.queue
        for index, entry in enumerate(queue):
            if not isinstance(entry[0], Mark):
                del queue[index]
                self._items -= 1
                self._lose(cause)
                return

    def _lose(self, cause: str, items: int = 1) -> None:
        """Count items dropped after they had been taken."""
        self._lost += items
        self._drops.count(cause, items)

    def __str__(self) -> str:
        return f"{self.source} >> {self.target}"
