"""How late packets come: what play-out has to wait for."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import Final

WINDOW: Final = 10.0
"""Seconds of the network's recent past that decide. At 200 ppm clocks part by 2 ms meanwhile."""

MISSED: Final = 0.02
"""The share of observations that play-out need not wait for."""

_ONE_IN_TEN: Final = 0.8
"""Rounds the number missed up from ten observations on: one early straggler is no rule either."""

_ONE_OBSERVATION: Final = 0.018
_OUTAGE: Final = 0.4
_PERSISTENT: Final = 50


class Arrivals:
    """The distribution of arrival time minus media time over the last ten seconds.

    The difference contains the unknown offset of two clocks; only comparisons with the same
    difference at play-out mean something. Packets that arrive within one packet's time are one
    observation of the network, the slowest of them: a second's worth that comes in one burst after
    an outage is one event, while a network that always delivers three at once shows all its delay.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()  # (arrival, delay), as they came
        self._sorted: list[float] = []
        self._began = -1.0
        self._outliers = 0

    def observe(self, arrival: float, media_time: float) -> None:
        """Add a packet of `media_time` (s) that arrived at `arrival` (s)."""
        delay = arrival - media_time
        ordered, recent = self._sorted, self._recent
        if recent and arrival - self._began < _ONE_OBSERVATION:
            latest = recent[-1][1]
            if latest >= delay or self._is_outage(delay):
                return
            recent.pop()
            del ordered[bisect_left(ordered, latest)]
            recent.append((self._began, delay))
            insort(ordered, delay)
            return
        self._began = arrival
        if self._is_outage(delay):
            self._outliers += 1
            if self._outliers < _PERSISTENT:
                return
            self.clear()  # no outage but another route: only the new one counts
        self._outliers = 0
        recent.append((arrival, delay))
        insort(ordered, delay)
        oldest = arrival - WINDOW
        while recent[0][0] < oldest:
            del ordered[bisect_left(ordered, recent.popleft()[1])]

    def _is_outage(self, delay: float) -> bool:
        """Tell a stall, which nobody would wait for, from jitter."""
        ordered = self._sorted
        return bool(ordered) and delay - ordered[len(ordered) // 2] > _OUTAGE

    def needed(self) -> float:
        """Return the delay within which all but the share `MISSED` arrive; needs an observation."""
        ordered = self._sorted
        return ordered[-1 - int(len(ordered) * MISSED + _ONE_IN_TEN)]

    def spread(self) -> float:
        """Return seconds between the fastest packet and what is `needed`."""
        ordered = self._sorted
        return self.needed() - ordered[0] if ordered else 0.0

    def __len__(self) -> int:
        return len(self._sorted)

    def clear(self) -> None:
        """Forget the network."""
        self._recent.clear()
        self._sorted.clear()
        self._outliers = 0
