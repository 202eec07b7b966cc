"""Actors that crash and restart together."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from runtime.actor import Actor
from runtime.policy import Strategy


def _actors(actors: Sequence[Actor]) -> tuple[Actor, ...]:
    return tuple(actors)


@attrs.frozen(eq=False)
class Group:
    """Part of a graph with a supervisor of its own; `actors` stand in their order of dependence.

    More than `max_restarts` crashes in `within` seconds degrade the group: the rest of the graph
    goes on, and the group is tried again every 10 s. When it is `essential` whoever supervises it
    is told, and the graph ends if nobody does.
    """

    actors: Sequence[Actor] = attrs.field(converter=_actors)
    strategy: Strategy = Strategy.ONE_FOR_ONE
    max_restarts: int = 5
    within: float = 10.0
    essential: bool = False
