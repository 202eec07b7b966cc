"""Marks in a link between the items, and the items that it gives again to a next life."""

from __future__ import annotations

import enum
from collections import deque
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Mark:
    """Base of all marks. A mark takes no room in a link and is never dropped as overflow."""


@attrs.frozen
class Gap(Mark):
    """Something is missing here: the sender crashed and lives again."""

    reason: str = "restart"
    """Why; `restart` after a crash."""


@attrs.frozen
class TurnStarted(Mark):
    """The items that follow belong to this turn."""

    turn: int
    """The turn's number."""
    source: str | None = None
    """The participant who speaks; None for the agent and for a mix."""


@attrs.frozen
class TurnEnded(Mark):
    """Nothing more of this turn follows."""

    turn: int
    """The turn's number."""
    source: str | None = None
    """The participant who speaks; None for the agent and for a mix."""


Entry = tuple[T | Mark, int | None, float]
"""How a link holds an item or a mark: with its turn, and when it was put (Trio's clock, s)."""


LONGEST = 30.0
"""Seconds of a turn that are kept."""


class Replay(enum.Enum):
    """Which items a link keeps after they were received."""

    TURN = "turn"
    """Those of the current turn, at most 30 s. Receiving the next turn's first item, or its
    `TurnStarted`, ends the last turn."""


class Replayed(Generic[T]):
    """What was received of the current turn."""

    __slots__ = ("_entries", "_turn")

    def __init__(self) -> None:
        self._entries: deque[Entry[T]] = deque()
        self._turn: int | None = None

    def add(self, entry: Entry[T]) -> None:
        """Keep what was just received; forget an older turn, and what is too old."""
        item, turn, put_at = entry
        if isinstance(item, TurnStarted | TurnEnded):
            turn = item.turn
        if isinstance(item, TurnStarted) or (turn is not None and turn != self._turn):
            self._entries.clear()
            self._turn = turn
        self._entries.append(entry)
        while put_at - self._entries[0][2] > LONGEST:
            self._entries.popleft()

    def clear(self) -> None:
        self._entries.clear()

    def rewound(self, floor: int, now: float) -> list[Entry[T]]:
        """Give all that is kept, in order, and keep nothing: it will be received again."""
        if self._turn is None or self._turn < floor:
            self._entries.clear()
        entries = [entry for entry in self._entries if now - entry[2] <= LONGEST]
        self._entries.clear()
        return entries
