"""Marks that travel in a link between the items, in their order."""

from __future__ import annotations

from typing import TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Mark:
    """Base of all marks. A mark takes no room in a link and is never dropped as overflow."""


@attrs.frozen
class Gap(Mark):
    """Something is missing here: the sender crashed and lives again."""

    reason: str = "restart"


@attrs.frozen
class TurnStarted(Mark):
    """What follows belongs to this turn."""

    turn: int
    source: str | None = None


@attrs.frozen
class TurnEnded(Mark):
    """Nothing more of this turn follows."""

    turn: int
    source: str | None = None


Entry = tuple[T | Mark, int | None, float]
"""How a link holds an item or a mark: with its turn, and when it was put (Trio's clock, s)."""
