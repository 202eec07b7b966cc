"""Supervises children: restarts within a budget, then gives up."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import attrs
import trio

from runtime.errors import Killed, RestartsExhausted, lone
from runtime.policy import Backoff, Restart, Strategy

State = Literal["waiting", "starting", "running", "restarting", "degraded", "stopped"]


def _nothing() -> None:
    return None


async def _no_wait() -> None:
    return None


@attrs.define(eq=False)
class Child:
    """How to live once, and what to do at the ends of lives. The supervisor fills in the rest."""

    path: str
    live: Callable[[], Awaitable[None]]
    """Runs one life to its end."""
    restart: Restart = Restart.TRANSIENT
    backoff: Backoff = attrs.field(factory=Backoff)
    crashed: Callable[[Exception, int, str], None] | None = None
    """Called with the error, the restarts left and the decision."""
    turn: Callable[[], Awaitable[None]] = _no_wait
    """Waits, before each life but the first, for those that are to be there before it."""
    restarting: Callable[[], None] = _nothing
    """Called before each life but the first."""
    ended: Callable[[str], None] | None = None
    """Called with the reason when it has ended for good."""
    life: int = 0
    state: State = "waiting"
    task: trio.lowlevel.Task | None = None
    """The guard of the present life."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    done: trio.Event = attrs.field(factory=trio.Event)
    failure: Exception | None = None
    """Why this life was ended from outside."""
    stopping: bool = False

    def crash(self, error: Exception) -> None:
        """End this life as if `error` had been raised in it."""
        if self.failure is None:
            self.failure = error
            self.scope.cancel(reason=f"{self.path} crashes")

    def kill(self) -> None:
        self.crash(Killed(f"{self.path} was killed"))

    def stop(self, reason: str) -> None:
        self.stopping = True
        self.scope.cancel(reason=reason)

    def prepare(self) -> None:
        if self.life:  # a stop or a crash may have come before the first life: it counts
            self.scope = trio.CancelScope()
            self.done = trio.Event()
            self.failure = None
        self.life += 1
        self.state = "restarting" if self.life > 1 else "starting"

    async def guard(
        self,
        delay: float,
        tell: Callable[[Child, Exception | None], None],
        stopping: trio.Event,
    ) -> None:
        """Run one life after `delay` seconds; tell what it crashed with.

        No life begins when a stop began before its restart was due.

        The `try` stands outside the life's own scope: there a clean-up that raises while it is
        cancelled is a plain error. Cancellation from further out, KeyboardInterrupt and SystemExit
        go through.
        """
        error: Exception | None = None
        self.task = trio.lowlevel.current_task()
        try:
            with self.scope:
                if delay:
                    await trio.sleep(delay)
                if self.life > 1:
                    await self.turn()
                if self.life == 1 or not (self.stopping or stopping.is_set()):
                    if self.life > 1:
                        self.restarting()
                    self.state = "running"
                    await self.live()
        except Exception as raised:
            error = raised
        finally:
            self.task = None
            self.done.set()
        tell(self, error or (None if self.stopping else self.failure))


class Supervisor:
    """Runs children; restarts those that crash, within a budget (Erlang's intensity, period).

    Beyond the budget the rest is stopped and `RestartsExhausted` raised from the last crash.
    `run` returns when no child is left, unless `stays` is set. Once `stopping` is set, lives end
    because that was asked for: nothing is started again, and nothing given up. `together` is
    called with those that are about to be started again at one moment.
    """

    def __init__(
        self,
        path: str,
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        max_restarts: int = 5,
        within: float = 10.0,
        rng: Callable[[], random.Random],
        stopping: trio.Event,
        stays: bool = False,
        together: Callable[[Sequence[Child]], None] | None = None,
    ) -> None:
        self.path = path
        self.children: list[Child] = []
        self._strategy = strategy
        self._max_restarts = max_restarts
        self._within = within
        self._rng = rng
        self._stopping = stopping
        self._stays = stays
        self._together = together
        self._restarts: list[float] = []
        self._exits: list[tuple[Child, Exception | None]] = []
        self._wake = trio.Event()
        self._nursery: trio.Nursery | None = None

    def start(self, child: Child) -> Child:
        """Add a child and start its first life (at once, or with `run`)."""
        self.children.append(child)
        if self._nursery is not None:
            self._begin(child, 0.0)
        return child

    async def run(self) -> None:
        """Supervise until no child is left. Cancelled, all children are cancelled with it."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                for child in list(self.children):
                    self._begin(child, 0.0)
                while self.children or self._stays:
                    while not self._exits:
                        self._wake = trio.Event()
                        await self._wake.wait()
                    child, error = self._exits.pop(0)
                    if child in self.children:
                        await self._decide(child, error)
            finally:
                self._nursery = None

    async def remove(self, child: Child, reason: str = "removed") -> None:
        """Stop a child for good and wait until it has ended."""
        child.stop(reason)
        await child.done.wait()

    def _begin(self, child: Child, delay: float) -> None:
        assert self._nursery is not None
        child.prepare()
        self._nursery.start_soon(child.guard, delay, self._ended, self._stopping, name=child.path)

    def _ended(self, child: Child, error: Exception | None) -> None:
        self._exits.append((child, None if error is None else lone(error)))
        self._wake.set()

    async def _decide(self, child: Child, error: Exception | None) -> None:
        again = child.restart is Restart.PERMANENT or (
            error is not None and child.restart is Restart.TRANSIENT
        )
        if child.stopping or self._stopping.is_set() or not again:
            self._tell(child, error, "it is not started again")
            self._finish(child, "crashed" if error is not None else "finished")
            return
        now = trio.current_time()
        while self._restarts and now - self._restarts[0] > self._within:
            self._restarts.pop(0)
        restarts = len(self._restarts)
        if restarts >= self._max_restarts:
            self._tell(child, error, f"{self.path} gives up")
            await self._stop_all()
            raise RestartsExhausted(
                f"{child.path} needed more than {self._max_restarts} restarts in "
                f"{self._within:g} s; {self.path} gives up."
            ) from error
        self._restarts.append(now)
        delay = child.backoff.delay(restarts, self._rng())
        when = "at once" if delay == 0 else f"in {delay:.2f} s"
        self._tell(child, error, f"it is started again {when}")
        group = self._affected(child)
        await self._stop_with(child, group)
        if self._together is not None:
            self._together(group)
        for sibling in group:
            self._begin(sibling, delay)

    def _tell(self, child: Child, error: Exception | None, decision: str) -> None:
        if error is not None and child.crashed is not None:
            child.crashed(error, self._max_restarts - len(self._restarts), decision)

    def _affected(self, child: Child) -> list[Child]:
        match self._strategy:
            case Strategy.ONE_FOR_ONE:
                return [child]
            case Strategy.ONE_FOR_ALL:
                return list(self.children)
            case Strategy.REST_FOR_ONE:
                return self.children[self.children.index(child) :]

    async def _stop_with(self, child: Child, group: list[Child]) -> None:
        """End the lives of those that are restarted with a child, the last one first."""
        for sibling in reversed(group):
            if sibling is not child:
                sibling.scope.cancel(reason=f"{child.path} crashed")
                await sibling.done.wait()
        # Their own exits are part of this decision; a crash among them is still told.
        for sibling, error in self._exits:
            if sibling in group:
                self._tell(sibling, error, f"it is started again with {child.path}")
        self._exits = [exit_ for exit_ in self._exits if exit_[0] not in group]

    def _finish(self, child: Child, reason: str) -> None:
        child.state = "stopped"
        self.children.remove(child)
        if child.ended is not None:
            child.ended(reason)

    async def _stop_all(self) -> None:
        for child in reversed(self.children):
            child.scope.cancel(reason=f"{self.path} gives up")
            await child.done.wait()
        self._exits.clear()
        for child in self.children:
            child.state = "stopped"
