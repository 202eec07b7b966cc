"""How much one may send: a token bucket."""

from __future__ import annotations


class Bucket:
    """Lets `rate` units a second through, and `burst` units at once after a pause."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, units: float, now: float) -> bool:
        """Takes `units`, or takes nothing and answers False where there are not enough."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if units > self._level:
            return False
        self._level -= units
        return True
