"""The blueprint of an agent: actors, the wires between them, and who restarts with whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, Self, TypeVar

from runtime.actor import Actor
from runtime.checks import problems, warnings
from runtime.composite import Composite
from runtime.errors import GraphError
from runtime.group import Group
from runtime.growing import grow
from runtime.item_types import unfit
from runtime.joining import converted, joined
from runtime.stage import Chain, Wires
from runtime.tree import Limb, Paths
from runtime.wire import Wire

DescriptionFormat = Literal["text", "mermaid", "svg"]
A = TypeVar("A", bound=Actor)


class Graph:
    """Immutable: `Graph(a.out >> b.inlet, ..., groups={"voice": Group([tts])})`.

    Running it (`open_graph`, or `await graph.run()`) makes actors and links; it may run many
    times at once. A path is `group/name`; names are numbered where they repeat. Where formats do
    not meet, converters stand in `wires` and `actors` as if they had been written.
    """

    inside: Mapping[Actor, Graph]
    """What is inside of each composite."""
    _unmet: list[str]

    def __init__(
        self, *wires: Wire | Chain[object] | Wires, groups: Mapping[str, Group] | None = None
    ) -> None:
        own = [w for given in wires for w in ((given,) if isinstance(given, Wire) else given.wires)]
        self.groups = MappingProxyType(dict(groups or {}))
        mentioned = [
            *(port.actor for w in own for port in (w.source, w.target) if not port.inward),
            *(actor for group in self.groups.values() for actor in group.actors),
        ]
        inside: dict[Actor, Graph] = {
            a: a.graph() for a in dict.fromkeys(mentioned) if isinstance(a, Composite)
        }
        across, inserted, unmet = converted(joined(own, inside))
        self.members: tuple[Actor, ...] = tuple(dict.fromkeys([*mentioned, *inserted]))
        """Actors of this level: a composite stands for its own graph."""
        self.inside = inside
        within = (problem for graph in inside.values() for problem in graph._unmet)
        self._unmet = [*unmet, *unfit(own), *within]
        paths = Paths()
        self._assemble(across, grow(self, "", paths), paths.of, paths.twice)

    def _assemble(
        self,
        wires: list[Wire],
        tree: tuple[Limb, ...],
        paths: Mapping[Actor, str],
        twice: list[str],
    ) -> None:
        self.wires = tuple(wires)
        self.tree = tree
        """Who supervises whom."""
        self.paths: Mapping[Actor, str] = MappingProxyType(dict(paths))
        self._twice = twice

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All actors, those inside of composites too, in the order in which they are named."""
        return tuple(self.paths)

    def check(self) -> None:
        """Raise `GraphError` with all that keeps this graph from running, each a sentence."""
        found = [*self._twice, *self._unmet, *problems(self)]
        if found:
            raise GraphError(found)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What this graph is likely to lack, each a sentence; logged when it starts to run."""
        return tuple(warnings(self))

    async def run(self) -> None:
        """Run until every actor has ended. Cancelled, everything stops in order."""
        from runtime.running import open_graph  # noqa: PLC0415 (running.py names the graph)

        async with open_graph(self) as running:
            await running.wait()

    def replaced(self, exchange: Mapping[Actor, Actor]) -> Self:
        """Return this graph with some actors exchanged for others that have the same ports.

        Wires, groups and paths stay. Raises `GraphError` when an actor is not in the graph, or
        its stand-in lacks a port that is wired.
        """
        from runtime.replacing import stand_ins_for, moved  # noqa: PLC0415, I001 (names the graph)

        stand_ins = stand_ins_for(self, exchange)
        twin = type(self)()
        twin.groups, twin.members, twin.inside = self.groups, self.members, self.inside
        twin._unmet = self._unmet
        twin._assemble(
            [moved(w, stand_ins) for w in self.wires],
            tuple(limb.exchanged(stand_ins) for limb in self.tree),
            {stand_ins.get(actor, actor): path for actor, path in self.paths.items()},
            self._twice,
        )
        return twin

    def replacing(self, kind: type[A], make: Callable[[A], Actor]) -> Self:
        """Return this graph with every actor of a class exchanged for what `make` makes of it."""
        return self.replaced({a: make(a) for a in self.actors if isinstance(a, kind)})

    def describe(self, format: DescriptionFormat = "text") -> str:  # noqa: A002 (as in the CLI)
        """Draw the graph as text, as a mermaid flowchart or as SVG."""
        from runtime.drawing import describe  # noqa: PLC0415 (drawing names the graph)

        return describe(self, format)
