"""One actor's place in a running graph: what all of its lives share."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import trio

from runtime.actor import Actor
from runtime.context import Context
from runtime.crash_report import CrashReport, describe_error, describe_item
from runtime.ends import CurrentTurn, Inlet, Outlet
from runtime.errors import NotReady
from runtime.events import ActorCrashed, ActorRestarted, ActorStarted, ActorStopped
from runtime.link import Link
from runtime.marks import Gap
from runtime.overflow import Overflow
from runtime.policy import Restart
from runtime.supervisor import Child

if TYPE_CHECKING:
    from runtime.running import RunningGraph


class Slot:
    """Binds each life of an actor to its links, and reports its ends."""

    def __init__(self, graph: RunningGraph, blueprint: Actor, path: str) -> None:
        self.path = path
        self.blueprint = blueprint
        current = CurrentTurn()
        self.inlets = {name: Inlet[object](current) for name in blueprint.inlets()}
        self.outlets = {name: Outlet[object](current) for name in blueprint.outlets()}
        self.child = Child(
            path,
            self.live,
            blueprint.restart,
            blueprint.backoff,
            crashed=self._crashed,
            restarting=self._restarting,
            ended=self._ended,
        )
        self._graph = graph
        self._kept: dict[str, object] = {}
        self._began = self._crashed_at = trio.current_time()
        self._trimmed = 0

    def renew(self) -> None:
        """Make ready for another run of the group, after it was degraded."""
        self.child.stopping = False
        self._discard(False)

    async def live(self) -> None:
        """Run one life."""
        life = self.child.life
        ctx = Context(self._graph, self.path, life, self._graph.random_for(self.path, life))
        self._began = trio.current_time()
        self._graph.emit(ActorStarted(self._began, self.path, life))
        if life > 1:
            self._graph.emit(
                ActorRestarted(self._began, self.path, life, self._began - self._crashed_at)
            )
        try:
            await self._run(self._bound(), ctx)
        finally:
            ctx.end()

    async def _run(self, actor: Actor, ctx: Context) -> None:
        if actor.ready_within is None:
            await actor.run(ctx)
            return
        async with trio.open_nursery() as nursery:

            async def deadline(seconds: float) -> None:
                await trio.sleep(seconds)
                if not ctx.is_ready:
                    raise NotReady(
                        f"{self.path} did not call ctx.ready() within {seconds:g} s; "
                        "call it when start-up is over, or raise ready_within."
                    )

            nursery.start_soon(deadline, actor.ready_within)
            await actor.run(ctx)
            nursery.cancel_scope.cancel(reason=f"{self.path} returned")

    def _bound(self) -> Actor:
        actor = copy.copy(self.blueprint)
        object.__setattr__(actor, "_name", self.blueprint.name)
        object.__setattr__(actor, "_ports", {})
        object.__setattr__(actor, "_kept", self._kept)
        outlets = list(self.outlets.values())
        for name, inport in actor.inlets().items():
            inport.bind(self.inlets[name], outlets)
        for name, outport in actor.outlets().items():
            outport.bind(self.outlets[name])
        return actor

    def links_in(self) -> list[Link[object]]:
        """Links that lead here."""
        return [link for inlet in self.inlets.values() for link in inlet.links]

    def links_out(self) -> list[Link[object]]:
        """Links that lead from here."""
        return [link for outlet in self.outlets.values() for link in outlet.links]

    def _crashed(self, error: Exception, left: int, decision: str) -> None:
        now = self._crashed_at = trio.current_time()
        # A live link that filled up meanwhile would stay full for good: one frame is enough.
        self._trimmed = sum(
            link.trim(1, "standing")
            for link in self.links_in()
            if link.overflow is Overflow.DROP_OLDEST
        )
        kind, where = describe_error(error)
        links = tuple(link.statistics() for link in [*self.links_in(), *self.links_out()])
        in_hand = describe_item(next((i.last for i in self.inlets.values() if i.last), None))
        report = CrashReport(
            self.path,
            self.child.life,
            now - self._began,
            kind,
            where,
            in_hand,
            links,
            self._trimmed,
            left,
            decision,
        )
        self._graph.emit(ActorCrashed(now, self.path, self.child.life, report))

    def _restarting(self) -> None:
        for outlet in self.outlets.values():
            outlet.mark(Gap())
        for link in self.links_in():
            if link.overflow is Overflow.DROP_OLDEST:
                link.trim(1, "standing")

    def _ended(self, reason: str) -> None:
        """For good: those downstream see the end, those upstream are not held up."""
        for link in self.links_out():
            link.close()
        self._discard(True)
        self._graph.emit(ActorStopped(trio.current_time(), self.path, self.child.life, reason))

    def _discard(self, discarding: bool) -> None:
        for link in self.links_in():
            link.discard(discarding)

    @property
    def restarts_for_ever(self) -> bool:
        """Whether it never ends by itself."""
        return self.blueprint.restart is Restart.PERMANENT
