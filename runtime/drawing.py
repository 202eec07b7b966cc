"""A graph as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.graph import DescriptionFormat, Graph


def describe(graph: Graph, format: DescriptionFormat) -> str:  # noqa: A002 (as in the CLI)
    """Draw the graph; see `Graph.describe`."""
    if format == "text":
        return _text(graph)
    if format == "mermaid":
        return _mermaid(graph)
    raise ValueError(f"A graph is drawn as text or mermaid, not as {format!r}.")


def _text(graph: Graph) -> str:
    lines: list[str] = []
    for actor, path in graph.paths.items():
        lines.append(f"{path}  ({type(actor).__name__})")
        for w in graph.wires:
            if w.source.actor is actor:
                lines.append(
                    f"  .{w.source.name} >> {graph.paths[w.target.actor]}.{w.target.name}"
                    f"  [{w.effective_capacity}, {w.effective_overflow.value}]"
                )
    return "\n".join(lines) + "\n"


def _mermaid(graph: Graph) -> str:
    ids = {actor: f"a{n}" for n, actor in enumerate(graph.paths)}
    lines = ["flowchart LR"]
    lines += [f'    {ids[actor]}["{path}"]' for actor, path in graph.paths.items()]
    lines += [
        f'    {ids[w.source.actor]} -- "{w.source.name} → {w.target.name}" --> '
        f"{ids[w.target.actor]}"
        for w in graph.wires
    ]
    return "\n".join(lines) + "\n"
