"""The blueprint of an agent: actors, the wires between them, and who restarts with whom."""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeVar, cast

import attrs
import trio

from runtime.actor import Actor, actor_of
from runtime.context import Context
from runtime.drawing import DescriptionFormat, describe
from runtime.errors import GraphError, holds, open_plain_nursery
from runtime.item_types import unfit
from runtime.kinds import Overflow, SpeechRole
from runtime.plan import Group, Level, Paths, Plan, SupervisorSpec, converted, grow, joined
from runtime.policy import Strategy
from runtime.ports import Chain, InPort, OutPort, Through, Wire, Wires
from runtime.reporting import logger
from runtime.run import Observe, Run
from runtime.running import RunningGraph
from runtime.threads import InThread
from runtime.watchdog import watched

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

A = TypeVar("A", bound=Actor)


class Composite(Actor):
    """An actor that is a graph: its ports are wired to actors inside, under its own supervision.

    `graph` returns what is inside: `Graph(self.audio.inner >> vad.audio, ...,
    hearing.words >> self.words.inner)`. When it runs nothing stands between: an item goes from
    the actor outside straight to the one inside. What is exhausted inside is first this
    composite's affair: its parts are restarted together or one by one (`strategy`), within its
    own `max_restarts` and `within`.
    """

    __slots__ = ()

    strategy: ClassVar[Strategy] = Strategy.ONE_FOR_ONE
    """Which of the parts are restarted with one that crashed."""

    def graph(self) -> Graph:
        """Return what is inside, new at each call."""
        raise NotImplementedError(f"{type(self).__name__} has no graph()")

    async def run(self, ctx: Context) -> NoReturn:
        """Never called: its graph runs in its place."""
        raise NotImplementedError(f"{ctx.path} is a composite; its parts run")


def problems(graph: Graph) -> list[str]:
    """Return every problem as one sentence with what to do."""
    return [*_empty_groups(graph), *_unwired(graph), *_two_groups(graph), *_cycles(graph)]


def warnings(graph: Graph) -> list[str]:
    """Return what a graph that can run is likely to lack, each a sentence with what follows.

    Inlets that only matter to a graph that speaks are told of in one that does.
    """
    if not any(w.source.options.speech is SpeechRole.BEGINS for w in graph.wires):
        return []
    wired = {(actor_of(w.target), w.target.name) for w in graph.wires}
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
    wired = {(actor_of(w.target), w.target.name) for w in graph.wires}
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
            blocking[actor_of(w.source)].append(actor_of(w.target))
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


class Graph:
    """Actors, wires and groups: `Graph(a.out >> b.inlet, ..., groups={"voice": Group([tts])})`.

    It is immutable. Running it (`open_graph`, or `await graph.run()`) makes actors and links; it
    may run many times at once. A path is `group/name`; names are numbered where they repeat. Where
    formats do not meet, converters stand in `wires` and `actors` as if they had been written.
    """

    def __init__(
        self, *wires: Wire | Chain[object] | Wires, groups: Mapping[str, Group] | None = None
    ) -> None:
        own = [w for given in wires for w in ((given,) if isinstance(given, Wire) else given.wires)]
        groups = MappingProxyType(dict(groups or {}))
        mentioned = [
            *(actor_of(port) for w in own for port in (w.source, w.target) if not port.inward),
            *(actor for group in groups.values() for actor in group.actors),
        ]
        self.inside: Mapping[Actor, Graph] = {
            a: a.graph() for a in dict.fromkeys(mentioned) if isinstance(a, Composite)
        }
        """The graph inside of each composite."""
        levels: dict[Actor, Level] = {
            composite: attrs.evolve(graph._level, strategy=composite.strategy)
            for composite, graph in self.inside.items()
            if isinstance(composite, Composite)
        }
        self._unfit: list[tuple[Wire, str]] = [
            *(each for graph in self.inside.values() for each in graph._unfit),
            *unfit(own),
        ]
        """Wires whose items do not fit, those inside of composites too, each with a sentence."""
        self._set(Level(tuple(mentioned), groups, joined(own, levels), levels))

    def _set(self, level: Level) -> None:
        """Compute everything from a level: converters, paths, the tree."""
        across, inserted, self._unmet = converted(level.wires)
        members = tuple(dict.fromkeys([*level.members, *inserted]))
        self._level = attrs.evolve(level, members=members, wires=across)
        paths = Paths()
        tree = grow(self._level, "", paths)
        self.plan = Plan(
            tuple(across),
            tree,
            MappingProxyType(dict(paths.of)),
            MappingProxyType(paths.composites),
        )
        self._twice = paths.twice

    @property
    def groups(self) -> Mapping[str, Group]:
        """The groups of this level, by name."""
        return self._level.groups

    @property
    def members(self) -> tuple[Actor, ...]:
        """Actors of this level: a composite stands for its own graph."""
        return self._level.members

    @property
    def wires(self) -> tuple[Wire, ...]:
        """All wires from actor to actor, those inside of composites too."""
        return self.plan.wires

    @property
    def tree(self) -> tuple[SupervisorSpec, ...]:
        """The supervisors, each with its members."""
        return self.plan.tree

    @property
    def paths(self) -> Mapping[Actor, str]:
        """The path of each actor."""
        return self.plan.paths

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All actors, those inside of composites too, in the order of their naming."""
        return tuple(self.paths)

    def check(self) -> None:
        """Raise `GraphError` with all that keeps this graph from running, each a sentence."""
        unfit_ones = [sentence for _, sentence in self._unfit]
        found = [*self._twice, *unfit_ones, *self._unmet, *problems(self)]
        if found:
            raise GraphError(found)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Likely faults of this graph, each a sentence; logged when it starts to run."""
        return tuple(warnings(self))

    async def run(self) -> None:
        """Run until every actor has ended. Cancelled, everything stops in order."""
        async with open_graph(self) as running:
            await running.wait()

    def replaced(self, exchange: Mapping[Actor, Actor]) -> Self:
        """Return this graph with some actors exchanged for others that have the same ports.

        Wires, groups and paths stay. Raises `GraphError` when an actor is not in the graph, or
        its stand-in lacks a port that is wired.
        """
        stand_ins = stand_ins_for(self, exchange)
        twin = copy.copy(self)
        twin._set(self._level.exchanged(stand_ins))
        twin._unfit = [
            *((w, why) for w, why in self._unfit if not _touches(w, stand_ins)),
            *unfit(w for w in twin.wires if _touches(w, stand_ins.values())),
        ]
        return twin

    def replacing(self, kind: type[A], make: Callable[[A], Actor]) -> Self:
        """Return this graph with every actor of a class exchanged for what `make` makes of it."""
        return self.replaced({a: make(a) for a in self.actors if isinstance(a, kind)})

    def inserted(self, outlet: str, stage: Through[Any, Any]) -> Self:
        """Return this graph with a stage put behind an outlet, before all that it led to.

        `dialogue(call).inserted("thinking.text", shouted())`. The outlet is named by its actor's
        path, or the end of it. Raises `GraphError` for an outlet that there is not, or more than
        one of.
        """
        port = self._outlet(outlet)
        inlet, further = cast("tuple[InPort[object], OutPort[object]]", stage.ends())
        wires = [
            w.to(further, w.target) if (w.source.actor, w.source.name) == port else w
            for w in self._level.wires
        ]
        source = port[0].outlets()[port[1]]
        twin = self._rewired([*wires, Wire(source, inlet)], actor_of(inlet))
        twin._unfit = [
            (w, why)
            for w, why in twin._unfit
            if w in wires or (w.source.actor, w.source.name) != port
        ]
        return twin

    def tapped(self, outlet: str, inlet: InPort[Any]) -> Self:
        """Return this graph with one more wire: from an outlet, named as in `inserted`, to yours.

        `dialogue(call).tapped("hearing.words", subtitles.words)`.
        """
        actor, name = self._outlet(outlet)
        tap = Wire(actor.outlets()[name], cast("InPort[object]", inlet))
        return self._rewired([*self._level.wires, tap], actor_of(inlet))

    def _rewired(self, wires: Sequence[Wire], actor: Actor) -> Self:
        twin = copy.copy(self)
        twin._unfit = [*self._unfit, *unfit(w for w in wires if w not in self._level.wires)]
        members = tuple(dict.fromkeys([*self.members, actor]))
        twin._set(attrs.evolve(self._level, members=members, wires=wires))
        return twin

    def _outlet(self, named: str) -> tuple[Actor, str]:
        path, _, name = named.rpartition(".")
        outlets = [(actor, port) for actor in self.actors for port in actor.outlets()]
        found = [
            (actor, port)
            for actor, port in outlets
            if port == name and path and f"/{self.paths[actor]}".endswith(f"/{path}")
        ]
        if len(found) != 1:
            known = ", ".join(f"{self.paths[actor]}.{port}" for actor, port in found or outlets)
            number = "no outlet" if not found else f"{len(found)} outlets"
            raise GraphError([f"This graph has {number} {named!r}; there are: {known}."])
        return found[0]

    def describe(
        self,
        format: DescriptionFormat = "text",  # noqa: A002 (as in the CLI)
        *,
        folded: bool = False,
    ) -> str:
        """Draw the graph as text, as a mermaid flowchart or as SVG.

        `folded`: a composite is one box, whatever is inside.
        """
        return describe(self.plan.folded() if folded else self.plan, format)


def _touches(w: Wire, actors: Collection[Actor]) -> bool:
    return actor_of(w.source) in actors or actor_of(w.target) in actors


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


@asynccontextmanager
async def open_graph(
    graph: Graph,
    *,
    observe: Observe | None = None,
    seed: int | None = None,
    in_thread: InThread | None = None,
    log: FilteringBoundLogger | None = None,
    log_content: bool = False,
    watchdog: float | None = None,
) -> AsyncGenerator[RunningGraph]:
    """Run a graph for the length of the block; leaving it stops all actors in order.

    So does cancelling the block; a KeyboardInterrupt ends everything at once.

    Args:
        graph: the blueprint.
        observe: gets every event; it must return at once.
        seed: fixes the random numbers of all actors.
        in_thread: runs the blocking functions of actors, in place of worker threads.
        log: a structlog logger, bound to whatever its lines should carry (call, participant).
        log_content: let reports show exceptions' messages, which may quote what people said.
        watchdog: report each step of a task that takes longer than so many seconds of real time.

    Raises:
        GraphError: the graph cannot run; nothing has started.
        RestartsExhausted: an essential part has given up.
    """
    graph.check()
    run = Run(observe=observe, seed=seed, in_thread=in_thread, log=logger(log), content=log_content)
    for warning in graph.warnings:
        run.log.warning("graph.warning", why=warning)
    running = RunningGraph(graph.plan, run)
    watching = (
        nullcontext()
        if watchdog is None
        else watched(frozenset(graph.paths.values()), watchdog, running.stalled)
    )
    with watching:
        async with open_plain_nursery() as nursery:
            nursery.start_soon(running.run)
            try:
                yield running
            except BaseException as error:
                if holds(error, KeyboardInterrupt, SystemExit):
                    running.cancel()
                raise
            finally:
                with trio.CancelScope(shield=True):
                    await running.stop()
