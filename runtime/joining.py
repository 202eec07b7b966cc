"""Wires that lead from actor to actor: through composites' ports, and through converters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from runtime.actor import Actor
from runtime.formats import conversion, offered, wanted
from runtime.ports import Port
from runtime.wire import Wire

if TYPE_CHECKING:
    from runtime.graph import Graph


def joined(own: Sequence[Wire], inside: Mapping[Actor, Graph]) -> list[Wire]:
    """Return the wires of a level and of the composites in it, with these composites left out."""
    every = [*own, *(w for graph in inside.values() for w in graph.wires)]

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
        if w.target.actor not in inside:
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

    begins = [w for w in every if w.source.actor not in inside]
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
