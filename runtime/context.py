"""The context of a life: threads, children, turns, and values that outlive a crash."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Generic,
    Protocol,
    Self,
    TypeVar,
    TypeVarTuple,
    Unpack,
    cast,
    overload,
)

import trio

from runtime.crash_report import report_without_links
from runtime.errors import NotRunningError, open_plain_nursery
from runtime.events import ActorCrashed, ActorStarted, ActorStopped, Event
from runtime.policy import Backoff, Restart
from runtime.ports import Named
from runtime.run import Run
from runtime.supervisor import Child, Supervisor
from runtime.threads import Work

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class Children:
    """Starts and supervises children that come and go, one for each participant of a call, say.

    A child that crashes is restarted within the budget; one that uses it up is an error of the
    actor whose life this is. Leaving the block cancels all children and waits for them.
    """

    def __init__(
        self,
        run: Run,
        path: str,
        rng: Callable[[], random.Random],
        max_restarts: int,
        within: float,
    ) -> None:
        self._run = run
        self._path = path
        self._supervisor = Supervisor(
            path,
            max_restarts=max_restarts,
            within=within,
            rng=rng,
            stopping=run.stopping,
            stays=True,
        )
        self._manager = open_plain_nursery()

    async def __aenter__(self) -> Self:
        self._nursery = await self._manager.__aenter__()
        # Not awaited: what is cancelled in here would leave the nursery open.
        self._nursery.start_soon(self._supervisor.run)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._nursery.cancel_scope.cancel(reason=f"{self._path} ends")
        try:
            return await self._manager.__aexit__(kind, error, trace)
        finally:
            for child in self._supervisor.children:  # those whose end the supervisor did not tell
                if child.ended is not None:
                    child.ended("cancelled")

    def start(
        self,
        name: str,
        live: Callable[[], Awaitable[None]],
        *,
        restart: Restart = Restart.TRANSIENT,
        backoff: Backoff | None = None,
    ) -> Child:
        """Start a child whose life is `await live()`; its path is `actor/name`."""
        path = f"{self._path}/{name}"
        began = trio.current_time()

        def crashed(error: Exception, left: int, decision: str) -> None:
            now = trio.current_time()
            report = report_without_links(
                path, child.life, began, error, left=left, decision=decision
            )
            self._run.emit(ActorCrashed(now, path, child.life, report))

        def restarting() -> None:
            nonlocal began
            began = trio.current_time()
            self._run.emit(ActorStarted(began, path, child.life))

        def ended(reason: str) -> None:
            self._run.emit(ActorStopped(trio.current_time(), path, child.life, reason))

        child = Child(
            path,
            live,
            restart,
            Backoff() if backoff is None else backoff,
            crashed=crashed,
            restarting=restarting,
            ended=ended,
        )
        self._run.emit(ActorStarted(began, path, 1))
        return self._supervisor.start(child)

    async def stop(self, child: Child) -> None:
        """End a child for good and wait until it has ended."""
        await self._supervisor.remove(child)


T = TypeVar("T")
Args = TypeVarTuple("Args")


class Place(Protocol):
    """The place of an actor in a graph, as far as one of its lives needs it."""

    path: str
    child: Child

    def announce_ready(self, life: int) -> None:
        """Note that a life's start-up is over."""


class Context:
    """Everything that one life gets from its graph; each life has a context of its own.

    Whatever a life registers here is dropped when it ends.
    """

    def __init__(self, run: Run, place: Place, life: int) -> None:
        self.path = place.path
        """`group/name` of the actor."""
        self.life = life
        """1 for the first life, 2 after the first restart, ..."""
        self._random: Random | None = None
        self.is_ready = False
        """Whether `ready()` was called."""
        self._run = run
        self._place = place
        self._keys: list[object] = []

    @property
    def log(self) -> FilteringBoundLogger:
        """A structlog logger that names this actor and life; silent until somebody configures
        structlog or gives the graph a logger."""
        return self._run.log.bind(actor=self.path, life=self.life)

    @property
    def random(self) -> Random:
        """Random numbers, seeded by the graph: the same seed, the same numbers."""
        if self._random is None:
            self._random = self._run.random_for(self.path, self.life)
        return self._random

    def now(self) -> float:
        """Return Trio's clock, in seconds; virtual in tests."""
        return trio.current_time()

    def ready(self) -> None:
        """Say that start-up is over: those upstream may start, a restart counts as done.

        An actor that declares no `ready_within` is ready as soon as it runs.
        """
        if not self.is_ready:
            self.is_ready = True
            self._place.announce_ready(self.life)

    def emit(self, event: Event) -> None:
        """Tell the graph's observers."""
        self._run.emit(event)

    # Turns

    @property
    def floor(self) -> int:
        """Turns below this one are over."""
        return self._run.interruption.floor

    def new_turn(self) -> int:
        """Give out the next turn of the conversation."""
        return self._run.interruption.new_turn(self.path)

    def turn_scope(self, turn: int) -> AbstractContextManager[trio.CancelScope]:
        """Return a cancel scope that is cancelled when `turn` ends, at once if it has ended."""
        return self._run.interruption.scope(turn)

    def interrupt(self, turn: int) -> None:
        """End `turn` and all older ones, everywhere, before this call returns."""
        self._run.interruption.interrupt(turn, self.path)

    def on_interrupt(self, interrupted: Callable[[int], None]) -> None:
        """Have `interrupted(turn)` called at every interruption of this life. It must not wait.

        What it raises crashes this actor.
        """
        key = object()
        self._keys.append(key)
        self._run.interruption.listen(key, interrupted, self._place.child.crash)

    def pause_speech(self, turn: int) -> None:
        """Hold the play-out of `turn`: silence goes out until it is resumed or interrupted."""
        self._run.interruption.pause(turn, True, self.path)

    def resume_speech(self, turn: int) -> None:
        """Let the play-out of `turn` go on at the sample where it was held."""
        self._run.interruption.pause(turn, False, self.path)

    def on_pause(self, paused: Callable[[int, bool], None]) -> None:
        """Have `paused(turn, True or False)` called when play-out is held and released."""
        key = object()
        self._keys.append(key)
        self._run.interruption.listen_to_pauses(key, paused, self._place.child.crash)

    # Work elsewhere

    async def in_thread(
        self, function: Callable[[Unpack[Args]], T], *args: *Args, work: Work = Work.CPU
    ) -> T:
        """Run a blocking function in a thread. Cancelled, its result is dropped when it comes.

        It holds one of the process's slots for `work` until it really ends.
        """
        return await self._run.in_thread(function, *args, work=work)

    def children(self, *, max_restarts: int = 5, within: float = 10.0) -> Children:
        """Return a supervisor of this life's own tasks, for `async with`."""
        return Children(self._run, self.path, lambda: self.random, max_restarts, within)

    @contextmanager
    def cleanup(self, seconds: float) -> Generator[trio.CancelScope]:
        """Let the block run although this life is cancelled, for at most so many seconds."""
        with trio.CancelScope(deadline=trio.current_time() + seconds, shield=True) as scope:
            yield scope

    def end(self) -> None:
        """Drop what this life registered; the runtime calls it when the life ends."""
        self._run.interruption.forget(self._keys)
        self._keys.clear()


class Kept(Generic[T]):
    """A field made once for each run of the graph and handed to every life of its actor.

    `history = Kept[list[Item]](list)` on the class; `self.history` in `run` is that list.
    """

    __slots__ = ("factory", "name")

    def __init__(self, factory: Callable[[], T]) -> None:
        self.factory = factory
        """Makes the value, once for each run of the graph."""
        self.name = ""
        """The name of the class's attribute."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Named, owner: type) -> T: ...
    def __get__(self, actor: Named | None, owner: type) -> Self | T:
        if actor is None:
            return self
        kept = cast("dict[str, object] | None", getattr(actor, "_kept", None))
        if kept is None:
            raise NotRunningError(
                f"{actor.name}.{self.name} is kept for a run of the graph; it exists only inside "
                "the actor's own run()."
            )
        if self.name not in kept:
            kept[self.name] = self.factory()
        return cast("T", kept[self.name])
