"""Aligns the ticks: each stands just after the packets of the others have come.

A packet waits on average half a tick to be pulled, and where the clocks of two sides happen to meet
it comes now before a tick and now after it: then ticks are empty and double in turn, which costs
a fifth more. So the ticks of an engine move, slowly, to where all packets together wait least.
"""

from collections.abc import Sequence

import attrs

from actors.call.port import TICK

MARGIN = 0.006
"""Seconds before a tick by which a packet of a steady source had best come. A jitter buffer that
plays a packet at the very tick keeps 2 ms of foresight, and takes delay back from 5 ms on."""

STEADY = 0.003
"""Jitter in seconds (RFC 3550) above which a source has no place of its own within a tick."""

WORTH = 0.002
"""Seconds of waiting, on average, for which ticks are moved."""

FIRST = TICK
"""Seconds by which ticks may move for a source that is new."""

DRIFT = 100e-6
"""Seconds a second by which they may move besides: as clocks of computers drift."""

MANY = 256
"""Sources that are remembered as known."""


@attrs.frozen
class Arrival:
    """The last packet of a source: the second when it came, and the source's jitter in seconds."""

    source: int
    at: float
    jitter: float


def waiting(arrivals: Sequence[Arrival], tick: float) -> float:
    """Seconds that packets which come at these moments of a tick wait for it, on average."""
    total = 0.0
    for arrival in arrivals:
        waits = (tick - arrival.at) % TICK
        # What only just comes in time is late at the slightest jitter.
        total += waits if waits >= margin(arrival) / 2 else waits + TICK
    return total / len(arrivals)


def margin(arrival: Arrival) -> float:
    """Seconds before a tick by which this source's packets had best come."""
    return MARGIN + 2 * arrival.jitter


def best(arrivals: Sequence[Arrival], tick: float) -> float:
    """By how many seconds to move ticks, at most half of one; 0 where it is not worth it."""
    steady = [arrival for arrival in arrivals if arrival.jitter <= STEADY]
    if not steady:
        return 0.0
    places = [arrival.at + margin(arrival) for arrival in steady]
    place = min(places, key=lambda each: waiting(steady, each))
    if waiting(steady, tick) - waiting(steady, place) < WORTH:
        return 0.0
    return (place - tick + TICK / 2) % TICK - TICK / 2


class TickAlignment:
    """Decides on the moves of one engine's ticks.

    Two engines that follow each other would never come to rest, nor would one that follows itself,
    where both sides of a call are on it. So moves are bounded: `FIRST` in all for new sources, and
    `DRIFT` besides.
    """

    def __init__(self, now: float) -> None:
        self._known: set[int] = set()
        self._room = 0.0
        self._asked = now

    def move(self, arrivals: Sequence[Arrival], tick: float, now: float) -> float:
        """By how many seconds to move now.

        Args:
            arrivals: the last packets of all sources.
            tick: the second of any tick.
        """
        passed, self._asked = now - self._asked, now
        self._room = min(FIRST, self._room + passed * DRIFT)
        new = {arrival.source for arrival in arrivals} - self._known
        if new:
            self._room = FIRST
            self._known = new if len(self._known) > MANY else self._known | new
        shift = best(arrivals, tick)
        shift = max(-self._room, min(self._room, shift))
        self._room -= abs(shift)
        return shift
