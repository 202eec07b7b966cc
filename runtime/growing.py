"""From groups and composites to the tree of supervisors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.actor import Actor
from runtime.composite import Composite
from runtime.tree import Limb, Paths, alone

if TYPE_CHECKING:
    from runtime.graph import Graph


def grow(graph: Graph, prefix: str, paths: Paths) -> tuple[Limb, ...]:
    """Return the limbs of one level of the tree, and give every actor below it its path."""
    group_of = {a: name for name, group in graph.groups.items() for a in group.actors}
    group_paths = {name: paths.free(f"{prefix}{name}") for name in graph.groups}
    # Numbered in the order in which the graph names them, whatever their groups.
    member_paths = {
        actor: paths.name(
            actor, f"{group_paths[group_of[actor]]}/" if actor in group_of else prefix
        )
        for actor in graph.members
    }
    lone = [
        _member(graph, actor, member_paths[actor], paths)
        for actor in graph.members
        if actor not in group_of
    ]
    limbs = [m if isinstance(m, Limb) else alone(member_paths[m], m) for m in lone]
    for name, group in graph.groups.items():
        members = tuple(
            _member(graph, actor, member_paths[actor], paths)
            for actor in group.actors
            if group_of[actor] == name
        )
        limbs.append(
            Limb(
                group_paths[name],
                members,
                group.strategy,
                group.max_restarts,
                group.within,
                group.essential,
            )
        )
    return tuple(limbs)


def _member(graph: Graph, actor: Actor, path: str, paths: Paths) -> Actor | Limb:
    if not isinstance(actor, Composite):
        return actor
    del paths.of[actor]
    return Limb(
        path,
        grow(graph.inside[actor], f"{path}/", paths),
        actor.strategy,
        actor.max_restarts,
        actor.within,
        actor.essential,
    )
