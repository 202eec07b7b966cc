"""A supervisor: children, one guard a life, a budget, a decision at each end."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import trio

from runtime.child import Child
from runtime.errors import RestartsExhausted
from runtime.policy import Restart, Strategy
from runtime.unwrapping import lone


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

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Supervise until no child is left. Cancelled, all children are cancelled with it."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                for child in list(self.children):
                    self._begin(child, 0.0)
                task_status.started()
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
