"""The delay that stays in a queue for good."""

from __future__ import annotations

WINDOW = 0.5
"""Seconds over which the smallest depth of a live link is watched."""


class Standing:
    """Finds what stands in a queue that never runs empty.

    A bounded queue keeps a stall's delay when both sides go on at the same rate (a 1 s stall once:
    100 ms for ever). What was there during the whole window is delay and nothing else; one frame
    may stay, as the two sides' clocks are never in step.
    """

    __slots__ = ("_until", "lowest")

    def __init__(self) -> None:
        self.lowest = 0
        """Smallest depth in this window, as the receiver left it."""
        self._until = 0.0

    def excess(self, depth: int, now: float) -> int:
        """Return how many of the `depth` items to drop now, just after one was put."""
        self.lowest = min(self.lowest, max(depth - 1, 0))
        if now < self._until:
            return 0
        excess = max(self.lowest - 1, 0)
        self._until = now + WINDOW
        self.lowest = depth - excess
        return excess
