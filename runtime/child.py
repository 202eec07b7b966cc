"""One child of a supervisor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import attrs
import trio

from runtime.errors import Killed
from runtime.policy import Backoff, Restart

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
        """End this life as a crash."""
        self.crash(Killed(f"{self.path} was killed"))

    def stop(self, reason: str) -> None:
        """End this life for good."""
        self.stopping = True
        self.scope.cancel(reason=reason)

    def prepare(self) -> None:
        """Make ready for the next life."""
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
