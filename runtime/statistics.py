"""A running graph as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from runtime.link_statistics import LinkStatistics


@attrs.frozen
class ActorStatistics:
    """`state`: waiting, starting, running, restarting, degraded or stopped."""

    path: str
    state: str
    life: int


@attrs.frozen
class GraphStatistics:
    """A moment of a running graph; `attrs.asdict` makes it JSON."""

    at: float
    floor: int
    actors: Sequence[ActorStatistics]
    links: Sequence[LinkStatistics]
    threads: Mapping[str, int] = attrs.field(factory=dict[str, int])
    """Slots of this process that blocking functions hold, by kind; abandoned ones count too."""
