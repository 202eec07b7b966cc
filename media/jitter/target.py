"""How far play-out may go: what ought to have arrived by now."""

from __future__ import annotations

from typing import Final

from media.jitter.arrivals import Arrivals

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
        """Forget the network."""
        self._arrivals.clear()
        self.held = 0
