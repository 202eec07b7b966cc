"""When a child is started again, how soon, and who goes with it."""

from __future__ import annotations

import enum
import random

import attrs


class Restart(enum.Enum):
    """Which ends of a life are followed by another one (Erlang's child restart types)."""

    PERMANENT = "permanent"
    """Always, after a return too."""
    TRANSIENT = "transient"
    """After a crash."""
    TEMPORARY = "temporary"
    """Never."""


class Strategy(enum.Enum):
    """Which siblings are restarted with a child that crashed (Erlang's strategies)."""

    ONE_FOR_ONE = "one_for_one"
    """Nobody."""
    ONE_FOR_ALL = "one_for_all"
    """All of the group."""
    REST_FOR_ONE = "rest_for_one"
    """Those that stand after it in the group."""


@attrs.frozen
class Backoff:
    """Delay before the n-th restart in a row: `min(cap, base * 2**n) * uniform(0.5, 1)` seconds.

    The first restart is immediate when `immediate_first` is set, as media stages want it. Other
    things that are tried again use it too: a connection, a room.
    """

    base: float = 0.05
    """Seconds of the first delay, before chance shortens it; each further one is twice as long."""
    cap: float = 5.0
    """Seconds that no delay exceeds."""
    immediate_first: bool = True
    """Whether the first restart has no delay."""

    def delay(self, restarts: int, rng: random.Random | None = None) -> float:
        """Return seconds to wait before restart number `restarts` (0, 1, ...) of the period.

        Without `rng` they are the longest that it may be.
        """
        if restarts == 0 and self.immediate_first:
            return 0.0
        exponent = restarts - 1 if self.immediate_first else restarts
        longest = min(self.cap, self.base * 2.0 ** min(exponent, 64))
        return longest * (1.0 if rng is None else rng.uniform(0.5, 1.0))
