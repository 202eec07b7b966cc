"""Decides the play-out delay: how late packets come, and how long to wait for them."""

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
        self._recent.clear()
        self._sorted.clear()
        self._outliers = 0


_CAUTION: Final = 0.010
"""Seconds added at first, shrinking to none over the first second: nothing is known yet."""

_KNOWN_AFTER: Final = 50

_FORESIGHT: Final = 0.002
"""Seconds by which packets may yet come later before delay is added: then there is still audio to
stretch. A clock 200 ppm off takes ten seconds for it."""

_GUARD: Final = 0.003
"""Seconds more before delay is taken back: between the two, play-out rests where it is."""

_LOSS_WORTH_WAITING: Final = 0.02
"""The share of lost packets from which on one packet more is held, so that the next is there to
restore a lost one (10 dB against 5 of the codec's guess); below a third of it no more."""

_REDUNDANCY_FORGOTTEN: Final = 10.0


class Target:
    """Decides from the network's recent delays which media time may be played when."""

    def __init__(self, clock_rate: int) -> None:
        self._clock: Final = clock_rate
        self._arrivals: Final = Arrivals()
        self._grid = 0
        self._duration = self._pull = clock_rate // 50
        self._wait = 0.0
        self._redundancy_seen = -_REDUNDANCY_FORGOTTEN
        self.held = 0
        """Ticks held back so that a lost packet can be restored from the next."""

    def observe(self, now: float, start: int, duration: int) -> None:
        """Note a packet of ticks `start` to `start + duration`."""
        self._arrivals.observe(now, start / self._clock)
        self._grid = start
        self._duration = duration
        self._wait = self._needed()  # once a packet: each pull asks twice

    def weigh(self, now: float, loss: float, redundant: bool) -> None:
        """Decide whether holding one packet more is worth it."""
        if redundant:
            self._redundancy_seen = now
        if now - self._redundancy_seen >= _REDUNDANCY_FORGOTTEN or loss < _LOSS_WORTH_WAITING / 3:
            self.held = 0
        elif loss >= _LOSS_WORTH_WAITING:
            self.held = self._duration

    def due(self, now: float) -> int:
        """Return how far, in ticks, the pull at `now` may play so that it and all later ones find
        their audio here."""
        return self._end(now - self._wait)

    def surplus(self, now: float) -> int:
        """Return the same for a network that is a little slower: what it leaves can be saved."""
        return self._end(now - self._wait - _GUARD)

    def _needed(self) -> float:
        arrivals = self._arrivals
        known = len(arrivals)
        if known >= _KNOWN_AFTER:
            return arrivals.needed() + _FORESIGHT
        return arrivals.needed() + max(_FORESIGHT, _CAUTION * (1 - known / _KNOWN_AFTER))

    def _end(self, media_time: float) -> int:
        ticks = int(media_time * self._clock) - self.held
        duration = self._duration
        # Packets come whole: at `ticks` the one that holds it is here, to its end.
        end = self._grid + ((ticks - self._grid) // duration + 1) * duration
        # A packet longer than a pull must last until the next one: so many pulls more.
        return end - (end - ticks - 1) // self._pull * self._pull

    @property
    def delay(self) -> float:
        """Seconds between the fastest packet and what is waited for."""
        return self._arrivals.spread() + self.held / self._clock

    def clear(self) -> None:
        self._arrivals.clear()
        self.held = 0
