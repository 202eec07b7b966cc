"""Supervised tasks inside one actor's life."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import trio

from runtime.child import Child
from runtime.crash_report import report_without_links
from runtime.events import ActorCrashed, ActorStarted, ActorStopped
from runtime.policy import Backoff, Restart
from runtime.supervisor import Supervisor
from runtime.unwrapping import open_plain_nursery

if TYPE_CHECKING:
    from runtime.running import RunningGraph


class Children:
    """Starts and supervises children that come and go, one for each participant of a call, say.

    A child that crashes is restarted within the budget; one that uses it up is an error of the
    actor whose life this is. Leaving the block cancels all children and waits for them.
    """

    def __init__(
        self,
        graph: RunningGraph,
        path: str,
        rng: Callable[[], random.Random],
        max_restarts: int,
        within: float,
    ) -> None:
        self._graph = graph
        self._path = path
        self._supervisor = Supervisor(
            path,
            max_restarts=max_restarts,
            within=within,
            rng=rng,
            stopping=graph.stopping,
            stays=True,
        )
        self._manager = open_plain_nursery()

    async def __aenter__(self) -> Self:
        self._nursery = await self._manager.__aenter__()
        await self._nursery.start(self._supervisor.run)
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
            report = report_without_links(child, began, error, left, decision)
            self._graph.emit(ActorCrashed(now, path, child.life, report))

        def restarting() -> None:
            nonlocal began
            began = trio.current_time()
            self._graph.emit(ActorStarted(began, path, child.life))

        def ended(reason: str) -> None:
            self._graph.emit(ActorStopped(trio.current_time(), path, child.life, reason))

        child = Child(
            path,
            live,
            restart,
            Backoff() if backoff is None else backoff,
            crashed=crashed,
            restarting=restarting,
            ended=ended,
        )
        self._graph.emit(ActorStarted(began, path, 1))
        return self._supervisor.start(child)

    async def stop(self, child: Child) -> None:
        """End a child for good and wait until it has ended."""
        await self._supervisor.remove(child)
