"""Who supervises whom: the tree of a graph, and its paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from runtime.actor import Actor
from runtime.policy import Strategy


@attrs.frozen(eq=False)
class Limb:
    """A supervisor of the tree. Its members are actors (of a group) or further limbs.

    An actor that nobody grouped is the only member of a limb of its own; `path` is then its own.
    """

    path: str
    members: tuple[Actor | Limb, ...]
    strategy: Strategy
    max_restarts: int
    within: float
    essential: bool

    def actors(self) -> Iterator[Actor]:
        """All actors below, in order."""
        for member in self.members:
            if isinstance(member, Limb):
                yield from member.actors()
            else:
                yield member

    def exchanged(self, exchange: Mapping[Actor, Actor]) -> Limb:
        """Return the same limb with some actors exchanged."""
        return attrs.evolve(
            self,
            members=tuple(
                member.exchanged(exchange)
                if isinstance(member, Limb)
                else exchange.get(member, member)
                for member in self.members
            ),
        )


def alone(path: str, actor: Actor) -> Limb:
    """The limb of an actor that is in no group: its own policy counts."""
    return Limb(
        path, (actor,), Strategy.ONE_FOR_ONE, actor.max_restarts, actor.within, actor.essential
    )


class Paths:
    """Gives out paths; a path that is taken is numbered."""

    def __init__(self) -> None:
        self.of: dict[Actor, str] = {}
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
