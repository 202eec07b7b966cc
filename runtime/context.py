"""What an actor's life gets from its graph."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

import trio

from runtime.children import Children
from runtime.events import Event
from runtime.threads import Work

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from runtime.running import RunningGraph
    from runtime.slot import Slot

T = TypeVar("T")
Args = TypeVarTuple("Args")


class Context:
    """One life's own; made new for each. What it registers is dropped when the life ends."""

    def __init__(self, graph: RunningGraph, slot: Slot, life: int) -> None:
        self.path = slot.path
        """`group/name` of the actor."""
        self.life = life
        """1 for the first life, 2 after the first restart, ..."""
        self._random: Random | None = None
        self.is_ready = False
        """Whether `ready()` was called."""
        self._graph = graph
        self._slot = slot
        self._keys: list[object] = []

    @property
    def log(self) -> FilteringBoundLogger:
        """A structlog logger that names this actor and life; silent until somebody configures
        structlog or gives the graph a logger."""
        return self._graph.log.bind(actor=self.path, life=self.life)

    @property
    def random(self) -> Random:
        """Seeded by the graph: the same seed, the same numbers."""
        if self._random is None:
            self._random = self._graph.random_for(self.path, self.life)
        return self._random

    def now(self) -> float:
        """Trio's clock, in seconds; virtual in tests."""
        return trio.current_time()

    def ready(self) -> None:
        """Say that start-up is over: those upstream may start, a restart counts as done.

        An actor that declares no `ready_within` is ready as soon as it runs.
        """
        if not self.is_ready:
            self.is_ready = True
            self._slot.announce_ready(self.life)

    def emit(self, event: Event) -> None:
        """Tell the graph's observers."""
        self._graph.emit(event)

    # Turns

    @property
    def floor(self) -> int:
        """Turns below this one are over."""
        return self._graph.interruption.floor

    def new_turn(self) -> int:
        """Give out the next turn of the conversation."""
        return self._graph.interruption.new_turn(self.path)

    def turn_scope(self, turn: int) -> AbstractContextManager[trio.CancelScope]:
        """A cancel scope that is cancelled when `turn` ends, from the start when it has ended."""
        return self._graph.interruption.scope(turn)

    def interrupt(self, turn: int) -> None:
        """End `turn` and all older ones, everywhere, before this call returns."""
        self._graph.interruption.interrupt(turn, self.path)

    def on_interrupt(self, interrupted: Callable[[int], None]) -> None:
        """Have `interrupted(turn)` called at every interruption of this life. It must not wait.

        What it raises crashes this actor.
        """
        key = object()
        self._keys.append(key)
        self._graph.interruption.listen(key, interrupted, self._slot.child.crash)

    def pause_speech(self, turn: int) -> None:
        """Hold the play-out of `turn`: silence goes out until it is resumed or interrupted."""
        self._graph.interruption.pause(turn, True, self.path)

    def resume_speech(self, turn: int) -> None:
        """Let the play-out of `turn` go on at the sample where it was held."""
        self._graph.interruption.pause(turn, False, self.path)

    def on_pause(self, paused: Callable[[int, bool], None]) -> None:
        """Have `paused(turn, True or False)` called when play-out is held and released."""
        key = object()
        self._keys.append(key)
        self._graph.interruption.listen_to_pauses(key, paused, self._slot.child.crash)

    # Work elsewhere

    async def in_thread(
        self, function: Callable[[Unpack[Args]], T], *args: *Args, work: Work = Work.CPU
    ) -> T:
        """Run a blocking function in a thread. Cancelled, its result is dropped when it comes.

        `work` says which slots of the process it takes one of, until it really ends.
        """
        return await self._graph.in_thread(function, *args, work=work)

    def children(self, *, max_restarts: int = 5, within: float = 10.0) -> Children:
        """Supervise tasks of this life's own, one for each participant say: `async with`."""
        return Children(self._graph, self.path, lambda: self.random, max_restarts, within)

    @contextmanager
    def cleanup(self, seconds: float) -> Generator[trio.CancelScope]:
        """Let the block run although this life is cancelled, for at most so many seconds."""
        with trio.CancelScope(deadline=trio.current_time() + seconds, shield=True) as scope:
            yield scope

    def end(self) -> None:
        """Drop what this life registered. Called by its guard."""
        self._graph.interruption.forget(self._keys)
        self._keys.clear()
