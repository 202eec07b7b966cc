"""One supervisor of a running graph: it restarts, gives up, degrades a group or escalates."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property

import trio

from runtime.actor_cell import ActorCell, restart_in_order
from runtime.crash_report import report_without_links
from runtime.errors import RestartsExhausted, lone
from runtime.events import ActorCrashed, GroupDegraded, GroupRecovered
from runtime.plan import SupervisorSpec
from runtime.run import Run
from runtime.supervisor import Child, Supervisor

RETRY = 10.0
"""Seconds after which a degraded group is tried again."""


class RunningSupervisor:
    """Runs one spec of the tree: the cells of a group, or the branches of a composite."""

    def __init__(
        self, run: Run, spec: SupervisorSpec, members: Sequence[ActorCell | RunningSupervisor]
    ) -> None:
        self.path = spec.path
        self.degraded = False
        self._spec = spec
        self._members = members
        self._run = run
        self._rng: random.Random | None = None
        self._began = trio.current_time()

    @cached_property
    def child(self) -> Child:
        """This supervisor as the child of a composite's. Made on use: most stand alone."""
        return Child(self.path, self.run, crashed=self._crashed)

    @property
    def cells(self) -> list[ActorCell]:
        return [
            cell
            for member in self._members
            for cell in ([member] if isinstance(member, ActorCell) else member.cells)
        ]

    async def run(self) -> None:
        """Run until all actors have ended.

        Raises `RestartsExhausted` when the group is essential; else it is degraded and retried.
        """
        self._began = trio.current_time()
        while True:
            supervisor = Supervisor(
                self.path,
                strategy=self._spec.strategy,
                max_restarts=self._spec.max_restarts,
                within=self._spec.within,
                rng=self._random,
                stopping=self._run.stopping,
                together=self._together if len(self.cells) > 1 else None,
            )
            for member in self._members:
                supervisor.children.append(member.child)
            try:
                await supervisor.run()
            except ExceptionGroup as group:
                exhausted = lone(group)
                if self._spec.essential or not isinstance(exhausted, RestartsExhausted):
                    raise exhausted from exhausted.__cause__
            else:
                return
            self._set_degraded(True)
            cause = type(exhausted.__cause__).__name__
            self._run.emit(GroupDegraded(trio.current_time(), self.path, RETRY, cause))
            with trio.move_on_after(RETRY):
                await self._run.stopping.wait()
            if self._run.stopping.is_set():
                return
            self._set_degraded(False)
            restart_in_order(self.cells)
            self._run.emit(GroupRecovered(trio.current_time(), self.path))

    def _together(self, children: Sequence[Child]) -> None:
        restart_in_order(
            [
                cell
                for member in self._members
                if member.child in children
                for cell in ([member] if isinstance(member, ActorCell) else member.cells)
            ]
        )

    def _random(self) -> random.Random:
        # Made at the first restart: a generator holds 2.5 kB, and most never need one.
        if self._rng is None:
            self._rng = self._run.random_for(self.path, 0)
        return self._rng

    def _set_degraded(self, degraded: bool) -> None:
        self.degraded = degraded
        for cell in self.cells:
            cell.degrade(degraded)

    def _crashed(self, error: Exception, left: int, decision: str) -> None:
        now = trio.current_time()
        report = report_without_links(
            self.path, self.child.life, self._began, error, left=left, decision=decision
        )
        self._run.emit(ActorCrashed(now, self.path, self.child.life, report))
