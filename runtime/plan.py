"""Plans a run: wires from actor to actor, the tree of supervisors, the order of start and stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import attrs

from runtime.actor import Actor, actor_of
from runtime.errors import GraphError
from runtime.item_types import conversion, offered, wanted
from runtime.kinds import SpeechRole
from runtime.link import Link
from runtime.policy import Strategy
from runtime.ports import InPort, OutPort, Port, Wire


def _actors(actors: Sequence[Actor]) -> tuple[Actor, ...]:
    return tuple(actors)


@attrs.frozen(eq=False)
class Group:
    """Part of a graph with a supervisor of its own.

    More than `max_restarts` crashes in `within` seconds degrade the group: the rest of the graph
    goes on, and the group is tried again every 10 s. An `essential` group is not degraded: a
    composite around it restarts it within its own budget, and at the top the graph ends with it.
    """

    actors: Sequence[Actor] = attrs.field(converter=_actors)
    """The members, in their order of dependence."""
    strategy: Strategy = Strategy.ONE_FOR_ONE
    """Which of the actors are restarted with one that crashed."""
    max_restarts: int = 5
    """Crashes within `within` seconds that are not yet too many."""
    within: float = 10.0
    """Seconds of that budget."""
    essential: bool = False
    """Whether the composite around the group, or else the graph, fails with it."""


@attrs.frozen(eq=False)
class Level:
    """One level of a graph: its actors, its groups, its wires, and the levels of its composites."""

    members: tuple[Actor, ...]
    groups: Mapping[str, Group]
    wires: Sequence[Wire]
    inside: Mapping[Actor, Level]
    strategy: Strategy = Strategy.ONE_FOR_ONE
    """Who is restarted with whom, where this is the level of a composite."""

    def exchanged(self, stand_ins: Mapping[Actor, Actor]) -> Level:
        """Return this level with some actors exchanged, here and inside of its composites.

        Raises `GraphError` where a stand-in lacks a port that is wired.
        """
        return Level(
            tuple(stand_ins.get(actor, actor) for actor in self.members),
            {
                name: attrs.evolve(group, actors=[stand_ins.get(a, a) for a in group.actors])
                for name, group in self.groups.items()
            },
            [moved(w, stand_ins) for w in self.wires],
            {composite: level.exchanged(stand_ins) for composite, level in self.inside.items()},
            self.strategy,
        )


def moved(w: Wire, stand_ins: Mapping[Actor, Actor]) -> Wire:
    """Return the wire between the stand-ins' ports; `GraphError` where one has no such port."""
    source, target = w.source, w.target
    if (new := stand_ins.get(actor_of(source))) is not None:
        outlets = new.outlets()
        if source.name not in outlets:
            raise GraphError([f"{type(new).__name__} has no outlet {source.name!r}."])
        source = outlets[source.name]
    if (new := stand_ins.get(actor_of(target))) is not None:
        inlets = new.inlets()
        if target.name not in inlets:
            raise GraphError([f"{type(new).__name__} has no inlet {target.name!r}."])
        target = inlets[target.name]
    return w.to(source, target)


def joined(own: Sequence[Wire], inside: Mapping[Actor, Level]) -> list[Wire]:
    """Return the wires of a level and of the composites in it, with these composites left out."""
    every = [*own, *(w for level in inside.values() for w in level.wires)]

    def on_from(port: Port) -> list[Wire]:
        """Where what arrives at a composite's port goes on: on the port's other side."""
        return [
            w
            for w in every
            if w.source.actor is port.actor
            and w.source.name == port.name
            and w.source.inward is not port.inward
        ]

    def followed(w: Wire) -> Iterator[Wire]:
        if actor_of(w.target) not in inside:
            yield w
            return
        said = w.target.options
        through = attrs.evolve(
            w,
            capacity=w.capacity or said.capacity,
            overflow=w.overflow or said.overflow,
            max_age=w.max_age if w.max_age is not None else said.max_age,
        )
        for further in on_from(w.target):
            yield from followed(through.over(further))

    begins = [w for w in every if actor_of(w.source) not in inside]
    return [whole for w in begins for whole in followed(w)]


def converted(wires: Sequence[Wire]) -> tuple[list[Wire], list[Actor], list[str]]:
    """Insert converters where formats do not meet.

    Returns the wires, the actors that were inserted, and a sentence for each pair of formats that
    nothing can bring together.
    """
    result: list[Wire] = []
    inserted: list[Actor] = []
    problems: list[str] = []
    for w in wires:
        have, wants = offered(w.source), wanted(w.target)
        if have is None or not wants or have in wants:
            result.append(w)
            continue
        chain = conversion(have, wants[0])
        if not chain:
            takes = " or ".join(str(want) for want in wants)
            problems.append(
                f"{w.source} offers {have}, {w.target} accepts {takes}, and nothing converts the "
                "one into the other; put an actor between them that does."
            )
            result.append(w)
            continue
        inserted += chain
        source = w.source
        for actor in chain:
            result.append(Wire(source, actor.inlets()["inlet"], overflow=w.overflow))
            source = actor.outlets()["outlet"]
        result.append(w.to(source, w.target))
    return result, inserted, problems


@attrs.frozen(eq=False)
class Plan:
    """All that running a graph needs: composites are resolved, every actor has its path."""

    wires: tuple[Wire, ...]
    tree: tuple[SupervisorSpec, ...]
    """Who supervises whom."""
    paths: Mapping[Actor, str]
    composites: Mapping[Actor, str]
    """The paths of composites, which stand for the actors inside."""

    def folded(self) -> Plan:
        """Return the plan in which each composite of the uppermost level is one actor.

        Its ports are those of the actors inside that something outside is wired to.
        """
        outer = [
            (f"{path}/", composite)
            for composite, path in self.composites.items()
            if not any(path.startswith(f"{other}/") for other in self.composites.values())
        ]

        def place(actor: Actor) -> Actor:
            path = self.paths[actor]
            return next((whole for start, whole in outer if path.startswith(start)), actor)

        wires: dict[tuple[object, ...], Wire] = {}
        for w in self.wires:
            source, target = place(actor_of(w.source)), place(actor_of(w.target))
            if source is target and source in self.composites:
                continue
            shown = w.to(
                OutPort[object](source, w.source.name, w.source.options),
                InPort[object](target, w.target.name, w.target.options),
            )
            wires.setdefault((source, w.source.name, target, w.target.name), shown)
        places = dict.fromkeys(place(actor) for actor in self.paths)
        paths = {actor: self.composites.get(actor) or self.paths[actor] for actor in places}
        return Plan(tuple(wires.values()), (), paths, {})


@attrs.frozen(eq=False)
class SupervisorSpec:
    """A supervisor of the tree. Its members are actors (of a group) or further specs.

    An actor that nobody grouped is the only member of a spec of its own; `path` is then its own.
    """

    path: str
    members: tuple[Actor | SupervisorSpec, ...]
    strategy: Strategy
    max_restarts: int
    within: float
    essential: bool

    def actors(self) -> Iterator[Actor]:
        for member in self.members:
            if isinstance(member, SupervisorSpec):
                yield from member.actors()
            else:
                yield member


def alone(path: str, actor: Actor) -> SupervisorSpec:
    """The spec of an actor that is in no group: its own policy counts."""
    return SupervisorSpec(
        path, (actor,), Strategy.ONE_FOR_ONE, actor.max_restarts, actor.within, actor.essential
    )


class Paths:
    """Gives out paths; a path that is taken is numbered."""

    def __init__(self) -> None:
        self.of: dict[Actor, str] = {}
        self.composites: dict[Actor, str] = {}
        self.twice: list[str] = []
        """A sentence for each actor that is to stand in two places."""
        self._taken: set[str] = set()

    def name(self, actor: Actor, prefix: str) -> str:
        """Give an actor its path below `prefix`."""
        path = self.free(f"{prefix}{actor.name}")
        if actor in self.of:
            self.twice.append(
                f"{actor.name} stands at {self.of[actor]} and at {path}; an actor has one "
                "supervisor: leave it in one place, or make two actors."
            )
        self.of[actor] = path
        return path

    def free(self, path: str) -> str:
        """Return `path`, or `path2`, `path3`, ... when it is taken."""
        numbered, number = path, 1
        while numbered in self._taken:
            number += 1
            numbered = f"{path}{number}"
        self._taken.add(numbered)
        return numbered


def grow(level: Level, prefix: str, paths: Paths) -> tuple[SupervisorSpec, ...]:
    """Return the specs of one level of the tree, and give every actor below it its path."""
    group_of = {a: name for name, group in level.groups.items() for a in group.actors}
    group_paths = {name: paths.free(f"{prefix}{name}") for name in level.groups}
    # Numbered in the order in which the graph names them, whatever their groups.
    member_paths = {
        actor: paths.name(
            actor, f"{group_paths[group_of[actor]]}/" if actor in group_of else prefix
        )
        for actor in level.members
    }
    lone = [
        _member(level, actor, member_paths[actor], paths)
        for actor in level.members
        if actor not in group_of
    ]
    specs = [m if isinstance(m, SupervisorSpec) else alone(member_paths[m], m) for m in lone]
    for name, group in level.groups.items():
        members = tuple(
            _member(level, actor, member_paths[actor], paths)
            for actor in group.actors
            if group_of[actor] == name
        )
        specs.append(
            SupervisorSpec(
                group_paths[name],
                members,
                group.strategy,
                group.max_restarts,
                group.within,
                group.essential,
            )
        )
    return tuple(specs)


def _member(level: Level, actor: Actor, path: str, paths: Paths) -> Actor | SupervisorSpec:
    inside = level.inside.get(actor)
    if inside is None:
        return actor
    paths.composites[actor] = paths.of.pop(actor)
    return SupervisorSpec(
        path,
        grow(inside, f"{path}/", paths),
        inside.strategy,
        actor.max_restarts,
        actor.within,
        actor.essential,
    )


N = TypeVar("N")

Reach = dict[N, dict[N, None]]
"""Dictionaries for sets: their order is the same in every run."""


def reachable(following: Mapping[N, Iterable[N]]) -> Reach[N]:
    """For each node all nodes that its items reach, itself only by a cycle."""
    found: Reach[N] = {}
    for start in following:
        seen: dict[N, None] = {}
        ahead = list(following[start])
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen[node] = None
                ahead += following[node]
        found[start] = seen
    return found


def sources(nodes: Sequence[N], reach: Reach[N]) -> list[N]:
    """Nodes that nothing flows into but from themselves, by a cycle that nothing enters."""
    return [
        node
        for node in nodes
        if all(other in reach[node] for other in nodes if node in reach[other])
    ]


def downstream(node: N, reach: Reach[N]) -> list[N]:
    """Nodes that a node's items reach, and whose own never reach it."""
    return [other for other in reach[node] if node not in reach[other]]


def spoken(links: Mapping[Wire, Link[object]]) -> list[Link[object]]:
    """Return all links that speech reaches: from outlets where it begins to those where it ends."""
    reached: dict[Link[object], None] = {}
    ahead = [w.source for w in links if w.source.options.speech is SpeechRole.BEGINS]
    while ahead:
        port = ahead.pop()
        for w, link in links.items():
            if w.source is port and link not in reached:
                reached[link] = None
                outlets = actor_of(w.target).outlets().values()
                ahead += [
                    outlet for outlet in outlets if outlet.options.speech is not SpeechRole.ENDS
                ]
    return list(reached)
