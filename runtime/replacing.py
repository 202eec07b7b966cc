"""The same graph with other actors in the same places."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from runtime.actor import Actor
from runtime.errors import GraphError
from runtime.graph import Graph
from runtime.wire import Wire


def replaced(graph: Graph, exchange: Mapping[Actor, Actor]) -> Graph:
    """Exchange actors, keeping wires, groups and names.

    Raises `GraphError` when an actor is not in the graph, or its stand-in lacks a wired port.
    """
    stand_ins = {
        old: new if new.name == old.name else new.named(old.name) for old, new in exchange.items()
    }
    missing = [old for old in exchange if old not in graph.paths]
    if missing:
        raise GraphError(
            [f"{old.name} is not in this graph; nothing to replace." for old in missing]
        )

    def moved(w: Wire) -> Wire:
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
        return attrs.evolve(w, source=source, target=target)

    groups = {
        name: attrs.evolve(group, actors=[stand_ins.get(a, a) for a in group.actors])
        for name, group in graph.groups.items()
    }
    return Graph(*(moved(w) for w in graph.wires), groups=groups)
