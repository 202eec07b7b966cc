"""The blueprint of an agent: actors, the wires between them, and who restarts with whom."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from runtime.actor import Actor
from runtime.checks import problems
from runtime.errors import GraphError
from runtime.group import Group
from runtime.wire import Wire

DescriptionFormat = Literal["text", "mermaid", "svg"]


class Graph:
    """Immutable: `Graph(a.out >> b.inlet, ..., groups={"voice": Group([tts])})`.

    Running it (`open_graph`, or `await graph.run()`) makes actors and links; it may run many
    times at once. A path is `group/name`; names are numbered where they repeat.
    """

    def __init__(self, *wires: Wire, groups: Mapping[str, Group] | None = None) -> None:
        self.wires = tuple(wires)
        self.groups = MappingProxyType(dict(groups or {}))
        self.paths: Mapping[Actor, str] = MappingProxyType(self._name_all())

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All actors, in the order in which the wires and groups name them."""
        return tuple(self.paths)

    def check(self) -> None:
        """Raise `GraphError` with all that keeps this graph from running, each a sentence."""
        found = problems(self)
        if found:
            raise GraphError(found)

    async def run(self) -> None:
        """Run until every actor has ended. Cancelled, everything stops in order."""
        from runtime.running import open_graph  # noqa: PLC0415 (running.py names the graph)

        async with open_graph(self) as running:
            await running.wait()

    def replaced(self, exchange: Mapping[Actor, Actor]) -> Graph:
        """Return this graph with some actors exchanged for others that have the same ports."""
        from runtime.replacing import replaced  # noqa: PLC0415 (replacing.py names the graph)

        return replaced(self, exchange)

    def describe(self, format: DescriptionFormat = "text") -> str:  # noqa: A002 (as in the CLI)
        """Draw the graph as text, as a mermaid flowchart or as SVG."""
        from runtime.drawing import describe  # noqa: PLC0415 (drawing names the graph)

        return describe(self, format)

    def _name_all(self) -> dict[Actor, str]:
        members = [actor for group in self.groups.values() for actor in group.actors]
        wired = [port.actor for w in self.wires for port in (w.source, w.target)]
        actors = list(dict.fromkeys([*wired, *members]))
        group_of = {a: name for name, group in self.groups.items() for a in group.actors}
        paths: dict[Actor, str] = {}
        for actor in actors:
            group = group_of.get(actor)
            path = f"{group}/{actor.name}" if group else actor.name
            taken = set(paths.values())
            numbered, number = path, 1
            while numbered in taken:
                number += 1
                numbered = f"{path}{number}"
            paths[actor] = numbered
        return paths
