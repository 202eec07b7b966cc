"""The delay that stays in a queue for good."""

from __future__ import annotations

from collections import deque

WINDOW = 0.5
"""Seconds over which the smallest depth of a live link is watched."""
PARTS = 5
"""Parts of the window: it slides by one of them, so what stands is noticed within 0.6 s."""


class Standing:
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
