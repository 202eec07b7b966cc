"""The same graph with other actors in the same places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runtime.actor import Actor
from runtime.errors import GraphError
from runtime.wire import Wire

if TYPE_CHECKING:
    from runtime.graph import Graph


def stand_ins_for(graph: Graph, exchange: Mapping[Actor, Actor]) -> dict[Actor, Actor]:
    """Return who stands for whom, under the old names; `GraphError` for actors not in the graph."""
    missing = [old for old in exchange if old not in graph.paths]
    if missing:
        raise GraphError(
            [f"{old.name} is not in this graph; nothing to replace." for old in missing]
        )
    return {
        old: new if new.name == old.name else new.named(old.name) for old, new in exchange.items()
    }


def moved(w: Wire, stand_ins: Mapping[Actor, Actor]) -> Wire:
    """Return the wire between the stand-ins' ports; `GraphError` where one has no such port."""
    source, target = w.source, w.target
    if (new := stand_ins.get(source.actor)) is not None:
        outlets = new.outlets()
        if source.name not in outlets:
            raise GraphError([f"{type(new).__name__} has no outlet {source.name!r}."])
        source = outlets[source.name]
    if (new := stand_ins.get(target.actor)) is not None:
        inlets = new.inlets()
        if target.name not in inlets:
            raise GraphError([f"{type(new).__name__} has no inlet {target.name!r}."])
        target = inlets[target.name]
    return w.to(source, target)
