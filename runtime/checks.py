"""What can be wrong with a graph before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runtime.overflow import Overflow

if TYPE_CHECKING:
    from runtime.actor import Actor
    from runtime.graph import Graph


def problems(graph: Graph) -> list[str]:
    """Return every problem as one sentence with what to do."""
    return [*_empty_groups(graph), *_unwired(graph), *_two_groups(graph), *_cycles(graph)]


def warnings(graph: Graph) -> list[str]:
    """Return what a graph that can run is likely to lack, each a sentence with what follows.

    Inlets that only matter to a graph that speaks are told of in one that does.
    """
    if not any(w.source.options.spoken for w in graph.wires):
        return []
    wired = {(w.target.actor, w.target.name) for w in graph.wires}
    return [
        f"{path}.{name} has no wire: {port.options.missed}."
        for actor, path in graph.paths.items()
        for name, port in actor.inlets().items()
        if port.options.missed is not None and (actor, name) not in wired
    ]


def _empty_groups(graph: Graph) -> Iterator[str]:
    for name, group in graph.groups.items():
        if not group.actors:
            yield f"The group {name!r} is empty; name its actors, or leave it out."


def _unwired(graph: Graph) -> Iterator[str]:
    wired = {(w.target.actor, w.target.name) for w in graph.wires}
    for w in graph.wires:
        if w.source.inward or w.target.inward:
            yield (
                f"{w} is wired to the inner side of a composite's port, and this graph is not "
                "that composite's; take .inner away."
            )
    for actor, path in graph.paths.items():
        for name, port in actor.inlets().items():
            if not port.options.optional and (actor, name) not in wired:
                yield (
                    f"{path}.{name} has no wire; wire an outlet to it, or declare it "
                    "In[...](optional=True)."
                )


def _two_groups(graph: Graph) -> Iterator[str]:
    owner: dict[Actor, str] = {}
    for name, group in graph.groups.items():
        for actor in group.actors:
            if actor in owner:
                yield (
                    f"{actor.name} stands in the groups {owner[actor]!r} and {name!r}; an actor "
                    "has one supervisor: leave it in one of them."
                )
            owner[actor] = name


def _cycles(graph: Graph) -> Iterator[str]:
    """A cycle in which every link blocks comes to a standstill as soon as all are full."""
    blocking: dict[Actor, list[Actor]] = {actor: [] for actor in graph.actors}
    for w in graph.wires:
        inner = w.source.inward or w.target.inward
        if w.effective_overflow is Overflow.BLOCK and not inner:
            blocking[w.source.actor].append(w.target.actor)
    done: set[Actor] = set()
    for start in graph.actors:
        cycle = _cycle_from(start, blocking, done)
        if cycle:
            done.update(cycle)
            around = " >> ".join(graph.paths[actor] for actor in cycle)
            yield (
                f"The cycle {around} has no link that drops, so it stands still once all are "
                "full; give one of its wires overflow=Overflow.DROP_OLDEST or LATEST."
            )


def _cycle_from(start: Actor, following: dict[Actor, list[Actor]], done: set[Actor]) -> list[Actor]:
    """Depth first, without recursion: a graph may be long."""
    path: list[Actor] = []
    stack: list[tuple[Actor, bool]] = [(start, False)]
    while stack:
        actor, left = stack.pop()
        if left:
            path.pop()
            done.add(actor)
            continue
        if actor in done:
            continue
        path.append(actor)
        stack.append((actor, True))
        for follower in following[actor]:
            if follower in path:
                return [*path[path.index(follower) :], follower]
            stack.append((follower, False))
    return []
