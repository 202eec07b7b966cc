"""A graph as text, as a mermaid flowchart, as SVG."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal
from xml.sax.saxutils import escape

from runtime.actor import Actor, actor_of
from runtime.plan import Plan
from runtime.ports import Wire

DescriptionFormat = Literal["text", "mermaid", "svg"]

WIDTH, HEIGHT = 150, 36
GAP_X, GAP_Y = 110, 28
MARGIN = 24


def describe(plan: Plan, format: DescriptionFormat) -> str:  # noqa: A002 (as in the CLI)
    """Draw the graph; see `Graph.describe`."""
    match format:
        case "text":
            return _text(plan)
        case "mermaid":
            return _mermaid(plan)
        case "svg":
            return _svg(plan)
    raise ValueError(f"A graph is drawn as text, mermaid or svg, not as {format!r}.")


def _text(plan: Plan) -> str:
    lines: list[str] = []
    for actor, path in plan.paths.items():
        lines.append(f"{path}  ({type(actor).__name__}, {actor.restart.value})")
        lines += [
            f"  .{w.source.name} >> {plan.paths[actor_of(w.target)]}.{w.target.name}  {_link(w)}"
            for w in plan.wires
            if w.source.actor is actor
        ]
    for spec in plan.tree:
        members = [plan.paths[actor] for actor in spec.actors()]
        if members != [spec.path]:
            lines.append(
                f"{spec.path}: {', '.join(members)}  ({spec.strategy.value}, at most "
                f"{spec.max_restarts} restarts in {spec.within:g} s)"
            )
    return "\n".join(lines) + "\n"


def _link(w: Wire) -> str:
    age = f", at most {w.effective_max_age:g} s old" if w.effective_max_age is not None else ""
    return f"[{w.effective_capacity}, {w.effective_overflow.value}{age}]"


def _mermaid(plan: Plan) -> str:
    ids = {actor: f"a{n}" for n, actor in enumerate(plan.paths)}
    lines = ["flowchart LR"]
    by_group: dict[str, list[Actor]] = defaultdict(list)
    for actor, path in plan.paths.items():
        by_group[path.rpartition("/")[0]].append(actor)
    for number, (group, actors) in enumerate(by_group.items()):
        nodes = [f'{ids[actor]}["{plan.paths[actor].rpartition("/")[2]}"]' for actor in actors]
        if group:
            nodes = [f'subgraph g{number}["{group}"]', *(f"    {n}" for n in nodes), "end"]
        lines += [f"    {node}" for node in nodes]
    lines += [
        f'    {ids[actor_of(w.source)]} -- "{w.source.name} → {w.target.name}" --> '
        f"{ids[actor_of(w.target)]}"
        for w in plan.wires
    ]
    return "\n".join(lines) + "\n"


def _columns(plan: Plan) -> dict[Actor, tuple[int, int]]:
    """Column and row of each actor: one column right of whoever sends to it, cycles aside."""
    column = dict.fromkeys(plan.paths, 0)
    order = {actor: n for n, actor in enumerate(plan.paths)}
    for _ in plan.paths:
        for w in plan.wires:
            source, target = actor_of(w.source), actor_of(w.target)
            if order[source] < order[target]:
                column[target] = max(column[target], column[source] + 1)
    rows: dict[int, int] = defaultdict(int)
    places: dict[Actor, tuple[int, int]] = {}
    for actor, x in column.items():
        places[actor] = (x, rows[x])
        rows[x] += 1
    return places


def _svg(plan: Plan) -> str:
    places = _columns(plan)
    corner = {
        actor: (MARGIN + x * (WIDTH + GAP_X), MARGIN + y * (HEIGHT + GAP_Y))
        for actor, (x, y) in places.items()
    }
    width = max((x for x, _ in corner.values()), default=0) + WIDTH + MARGIN
    height = max((y for _, y in corner.values()), default=0) + HEIGHT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        '<defs><marker id="arrow" markerWidth="8" markerHeight="8" refX="7" refY="3" '
        'orient="auto"><path d="M0,0 L7,3 L0,6 z" fill="#667"/></marker></defs>',
    ]
    parts += [_edge(w, corner[actor_of(w.source)], corner[actor_of(w.target)]) for w in plan.wires]
    parts += [_box(plan.paths[actor], *place) for actor, place in corner.items()]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _edge(w: Wire, source: tuple[int, int], target: tuple[int, int]) -> str:
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT // 2
    x2, y2 = target[0], target[1] + HEIGHT // 2
    # Backwards edges go below, so that a cycle is seen as one.
    bend = GAP_X // 2 if x2 > x1 else GAP_X
    drop = 0 if x2 > x1 else HEIGHT + GAP_Y // 2
    title = escape(f"{w.source} >> {w.target} {_link(w)}")
    return (
        f'<path d="M{x1},{y1} C{x1 + bend},{y1 + drop} {x2 - bend},{y2 + drop} {x2},{y2}" '
        f'fill="none" stroke="#667" marker-end="url(#arrow)"><title>{title}</title></path>'
    )


def _box(path: str, x: int, y: int) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#eef" '
        f'stroke="#667"/><text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 4}" '
        f'text-anchor="middle">{escape(path)}</text>'
    )
