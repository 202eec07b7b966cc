"""One actor's place in a running graph: what all of its lives share."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

import trio

from runtime.actor import Actor
from runtime.context import Context
from runtime.crash_report import CrashReport, describe_error, describe_item
from runtime.errors import NotReady
from runtime.events import ActorCrashed, ActorReady, ActorRestarted, ActorStarted, ActorStopped
from runtime.kinds import Overflow, SpeechRole
from runtime.link import Link
from runtime.marks import Gap
from runtime.port_state import Inlet, ManyInlet, Outlet, PortState
from runtime.ports import ManyInPort
from runtime.run import Run
from runtime.supervisor import Child


class ActorCell:
    """Binds each life of an actor to its links, and reports its ends."""

    __slots__ = (  # there is one for each actor of each call
        *(
            "_again",
            "_awaited_again",
            "_began",
            "_crashed_at",
            "_end_is_told",
            "_run",
            "_ports",
            "_kept",
        ),
        *("awaited", "blueprint", "child", "inlets", "outlets", "path", "ready"),
    )

    def __init__(self, run: Run, blueprint: Actor, path: str) -> None:
        self.path = path
        self.blueprint = blueprint
        self._ports = state = PortState()
        self.inlets = {
            name: (ManyInlet if isinstance(port, ManyInPort) else Inlet)[object](
                blueprint, name, port.options, state
            )
            for name, port in blueprint.inlets().items()
        }
        self.outlets = {
            name: Outlet[object](blueprint, name, port.options, state)
            for name, port in blueprint.outlets().items()
        }
        state.pass_to = [
            o.mark for o in self.outlets.values() if o.options.speech is not SpeechRole.ENDS
        ]
        self.child = Child(
            path,
            self.live,
            blueprint.restart,
            blueprint.backoff,
            crashed=self._crashed,
            turn=self._turn,
            restarting=self._restarting,
            ended=self._ended,
        )
        self.ready = trio.Event()
        """Set when the first life is ready, or when nobody needs to wait for it any more."""
        self.awaited: Sequence[ActorCell] = ()
        """Those downstream that must be ready before the first life begins."""
        self._again: trio.Event | None = None
        """Set when the present life is ready, or when nobody needs to wait for it any more."""
        self._awaited_again: Sequence[ActorCell] = ()
        """Those downstream that are restarted with it."""
        self._run = run
        self._end_is_told = False
        self._kept: dict[str, object] = {}
        self._began = self._crashed_at = trio.current_time()

    # One life

    async def live(self) -> None:
        if self.child.life == 1:
            self.child.state = "starting"
            for cell in self.awaited:
                await cell.ready.wait()
            self.child.state = "running"
        life = self.child.life
        ctx = Context(self._run, self, life)
        self._began = trio.current_time()
        self._run.emit(ActorStarted(self._began, self.path, life))
        actor = self._bound()
        try:
            if actor.ready_within is None:
                self.became_ready(life)
                await actor.run(ctx)
            else:
                self.child.state = "starting" if life == 1 else "restarting"
                await self._run_until_ready(actor, ctx, actor.ready_within)
        finally:
            ctx.end()

    async def _run_until_ready(self, actor: Actor, ctx: Context, seconds: float) -> None:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def deadline() -> None:
                await trio.sleep(seconds)
                if not ctx.is_ready:
                    raise NotReady(
                        f"{self.path} did not call ctx.ready() within {seconds:g} s; "
                        "call it when start-up is over, or raise ready_within."
                    )

            await actor.run(ctx)
            nursery.cancel_scope.cancel(reason=f"{self.path} returned")

    def became_ready(self, life: int) -> None:
        """Say that a life's start-up is over."""
        now = trio.current_time()
        self.child.state = "running"
        self._no_longer_awaited()
        if life > 1:
            self._run.emit(ActorRestarted(now, self.path, life, now - self._crashed_at))

    def announce_ready(self, life: int) -> None:
        """The same, said by `ctx.ready()`."""
        if self.blueprint.ready_within is not None:
            self.became_ready(life)
        self._run.emit(ActorReady(trio.current_time(), self.path, life))

    def _bound(self) -> Actor:
        actor = self.blueprint.unbound()
        object.__setattr__(actor, "_kept", self._kept)
        # What stands in an instance's dictionary is found before the class's descriptor.
        vars(actor).update(self.inlets)
        vars(actor).update(self.outlets)
        return actor

    # Order

    def await_again(self, together: Container[ActorCell]) -> None:
        """Have the next life begin when those downstream among `together` are ready again."""
        if self._again is None or self._again.is_set():
            # Otherwise somebody may wait for it already.
            self._again = trio.Event()
        self._awaited_again = [cell for cell in self.awaited if cell in together]

    async def _turn(self) -> None:
        for cell in self._awaited_again:
            if cell._again is not None:
                await cell._again.wait()

    def _no_longer_awaited(self) -> None:
        self.ready.set()
        if self._again is not None:
            self._again.set()

    # Links

    @property
    def links_in(self) -> list[Link[object]]:
        return [link for inlet in self.inlets.values() for link in inlet.links]

    @property
    def links_out(self) -> list[Link[object]]:
        return [link for outlet in self.outlets.values() for link in outlet.links]

    def degrade(self, degraded: bool) -> None:
        """While degraded, what is sent here is dropped and counted, and nobody waits for it."""
        if self.child.stopping or self.child.ended is None:
            return
        self.child.state = "degraded" if degraded else "waiting"
        self._no_longer_awaited()
        for link in self.links_in:
            link.discard(degraded)

    def _trim(self) -> int:
        """Drop all but one frame of live links: what filled up meanwhile would stay for good."""
        return sum(
            link.trim(1, "standing")
            for link in self.links_in
            if link.overflow is Overflow.DROP_OLDEST and not link.replays
        )

    # The ends of lives

    def _crashed(self, error: Exception, left: int, decision: str) -> None:
        now = self._crashed_at = trio.current_time()
        trimmed = self._trim()
        kind, where = describe_error(error, content=self._run.content)
        report = CrashReport(
            path=self.path,
            life=self.child.life,
            uptime=now - self._began,
            error=kind,
            where=where,
            in_hand=describe_item(self._ports.item),
            links=tuple(link.statistics() for link in [*self.links_in, *self.links_out]),
            trimmed=trimmed,
            restarts_left=left,
            decision=decision,
        )
        self._ports.item = None
        self._run.emit(ActorCrashed(now, self.path, self.child.life, report))

    def _restarting(self) -> None:
        for outlet in self.outlets.values():
            outlet.mark(Gap())
        self._trim()
        for link in self.links_in:
            link.rewind()

    def end_with_the_graph(self) -> None:
        """Tell the end of an actor that was cancelled with everything: no supervisor told it."""
        if self.child.life and not self._end_is_told:
            self._tell_end("cancelled")

    def _ended(self, reason: str) -> None:
        """For good: those downstream see the end, those upstream are not held up."""
        for link in self.links_out:
            link.close()
        for link in self.links_in:
            link.discard(True)
        self._no_longer_awaited()
        self._tell_end(reason)

    def _tell_end(self, reason: str) -> None:
        self._end_is_told = True
        self._run.emit(ActorStopped(trio.current_time(), self.path, self.child.life, reason))


def restart_in_order(cells: Iterable[ActorCell]) -> None:
    """Have cells that are about to be restarted together begin as at first: sinks before sources.

    What is not restarted with them is not waited for.
    """
    together = dict.fromkeys(cells)
    for cell in together:
        cell.await_again(together)
