"""A supervisor: children, one guard a life, a budget, a decision at each end."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable

import attrs
import trio

from runtime.errors import Killed, RestartsExhausted
from runtime.policy import Backoff, Restart, Strategy


def _nothing() -> None:
    return None


@attrs.define(eq=False)
class Child:
    """One child of a supervisor: how to live once, and what to do at its ends."""

    path: str
    live: Callable[[], Awaitable[None]]
    """Runs one life to its end."""
    restart: Restart = Restart.TRANSIENT
    backoff: Backoff = attrs.field(factory=Backoff)
    crashed: Callable[[Exception, int, str], None] | None = None
    """Called with the error, the restarts left and the decision."""
    restarting: Callable[[], None] = _nothing
    """Called before each life but the first."""
    ended: Callable[[str], None] | None = None
    """Called with the reason when it has ended for good."""
    life: int = 0
    state: str = "waiting"
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    done: trio.Event = attrs.field(factory=trio.Event)
    killed: bool = False
    stopping: bool = False

    def kill(self) -> None:
        """End this life as a crash."""
        self.killed = True
        self.scope.cancel(reason="killed")

    def stop(self, reason: str) -> None:
        """End this life for good."""
        self.stopping = True
        self.scope.cancel(reason=reason)


class Supervisor:
    """Runs children; restarts those that crash, within a budget (Erlang's intensity, period).

    Beyond the budget the rest is stopped and `RestartsExhausted` raised from the last crash.
    `run` returns when no child is left, unless `stays` is set.
    """

    def __init__(
        self,
        path: str,
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        max_restarts: int = 5,
        within: float = 10.0,
        rng: random.Random,
        stays: bool = False,
    ) -> None:
        self.path = path
        self.children: list[Child] = []
        self._strategy = strategy
        self._max_restarts = max_restarts
        self._within = within
        self._rng = rng
        self._stays = stays
        self._restarts: deque[float] = deque()
        self._exits: deque[tuple[Child, Exception | None]] = deque()
        self._wake = trio.Event()
        self._nursery: trio.Nursery | None = None

    def start(self, child: Child) -> Child:
        """Add a child and start its first life (at once, or with `run`)."""
        self.children.append(child)
        if self._nursery is not None:
            self._begin(child, 0.0)
        return child

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Supervise until no child is left. Cancelled, all children are cancelled with it."""
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            self._nursery = nursery
            try:
                for child in list(self.children):
                    self._begin(child, 0.0)
                task_status.started()
                while self.children or self._stays:
                    while not self._exits:
                        self._wake = trio.Event()
                        await self._wake.wait()
                    child, error = self._exits.popleft()
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
        child.scope = trio.CancelScope()
        child.done = trio.Event()
        child.killed = False
        child.life += 1
        self._nursery.start_soon(self._guard, child, delay, name=child.path)

    async def _guard(self, child: Child, delay: float) -> None:
        """One life. The `try` stands outside the child's own scope: what comes through is clean."""
        error: Exception | None = None
        try:
            with child.scope:
                child.state = "restarting" if child.life > 1 else "starting"
                await trio.sleep(delay)
                if child.life > 1:
                    child.restarting()
                child.state = "running"
                await child.live()
        except Exception as raised:
            error = raised
        finally:
            child.done.set()
        if error is None and child.killed:
            error = Killed(f"{child.path} was killed")
        self._exits.append((child, error))
        self._wake.set()

    async def _decide(self, child: Child, error: Exception | None) -> None:
        again = child.restart is Restart.PERMANENT or (
            error is not None and child.restart is Restart.TRANSIENT
        )
        if child.stopping or not again:
            if error is not None and child.crashed is not None:
                child.crashed(error, self._left(), "it is not started again")
            self._finish(child, "crashed" if error is not None else "finished")
            return
        now = trio.current_time()
        restarts = self._recent(now)
        if restarts >= self._max_restarts:
            problem = (
                f"{child.path} needed more than {self._max_restarts} restarts in "
                f"{self._within:g} s; {self.path or 'the graph'} gives up."
            )
            if error is not None and child.crashed is not None:
                child.crashed(error, 0, f"{self.path or 'the graph'} gives up")
            await self._stop_all()
            raise RestartsExhausted(problem) from error
        self._restarts.append(now)
        delay = child.backoff.delay(restarts, self._rng)
        if error is not None and child.crashed is not None:
            when = "at once" if delay == 0 else f"in {delay:.2f} s"
            child.crashed(error, self._left(), f"it is started again {when}")
        group = self._affected(child)
        for sibling in reversed(group):
            if sibling is not child:
                sibling.scope.cancel(reason=f"{child.path} crashed")
                await sibling.done.wait()
        # The siblings' own exits are part of this decision.
        self._exits = deque(exit_ for exit_ in self._exits if exit_[0] not in group)
        for sibling in group:
            self._begin(sibling, delay)

    def _affected(self, child: Child) -> list[Child]:
        match self._strategy:
            case Strategy.ONE_FOR_ONE:
                return [child]
            case Strategy.ONE_FOR_ALL:
                return list(self.children)
            case Strategy.REST_FOR_ONE:
                return self.children[self.children.index(child) :]

    def _recent(self, now: float) -> int:
        while self._restarts and now - self._restarts[0] > self._within:
            self._restarts.popleft()
        return len(self._restarts)

    def _left(self) -> int:
        return self._max_restarts - len(self._restarts)

    def _finish(self, child: Child, reason: str) -> None:
        child.state = "stopped"
        self.children.remove(child)
        if child.ended is not None:
            child.ended(reason)

    async def _stop_all(self) -> None:
        for child in list(self.children):
            child.stop("the group gives up")
        for child in list(self.children):
            await child.done.wait()
        self._exits.clear()
        for child in self.children:
            child.state = "stopped"
