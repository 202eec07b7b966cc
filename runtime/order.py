"""Who is upstream of whom: in which order actors start and stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

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
