"""A graph inside a graph, as one actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn

from runtime.actor import Actor
from runtime.policy import Strategy

if TYPE_CHECKING:
    from runtime.context import Context
    from runtime.graph import Graph


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

    def graph(self) -> Graph:
        """Return what is inside, new at each call."""
        raise NotImplementedError(f"{type(self).__name__} has no graph()")

    async def run(self, ctx: Context) -> NoReturn:
        """Never called: its graph runs in its place."""
        raise NotImplementedError(f"{ctx.path} is a composite; its parts run")
