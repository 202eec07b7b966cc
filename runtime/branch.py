"""One group of a running graph: its supervisor, and what happens when that gives up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import trio

from runtime.errors import RestartsExhausted
from runtime.events import GroupDegraded, GroupRecovered
from runtime.group import Group
from runtime.slot import Slot
from runtime.supervisor import Supervisor

if TYPE_CHECKING:
    from runtime.running import RunningGraph

RETRY = 10.0
"""Seconds after which a degraded group is tried again."""


class Branch:
    """Runs the slots of one group. An actor in no group is a group of its own."""

    def __init__(self, graph: RunningGraph, path: str, group: Group, slots: Sequence[Slot]) -> None:
        self.path = path
        self.slots = slots
        self.degraded = False
        self._group = group
        self._graph = graph

    async def run(self) -> None:
        """Run until all actors have ended.

        Raises `RestartsExhausted` when the group is essential; else it is degraded and retried.
        """
        while True:
            supervisor = Supervisor(
                self.path,
                strategy=self._group.strategy,
                max_restarts=self._group.max_restarts,
                within=self._group.within,
                rng=self._graph.random_for(self.path, 0),
            )
            # Sinks first: whoever sends finds a receiver.
            for slot in reversed(self.slots):
                supervisor.start(slot.child)
            supervisor.children.reverse()
            try:
                await supervisor.run()
            except* RestartsExhausted as exhausted:
                if self._group.essential:
                    raise exhausted.exceptions[0] from exhausted.exceptions[0].__cause__
            else:
                return
            self._set_degraded(True)
            self._graph.emit(GroupDegraded(trio.current_time(), self.path, RETRY))
            await trio.sleep(RETRY)
            for slot in self.slots:
                slot.renew()
            self._set_degraded(False)
            self._graph.emit(GroupRecovered(trio.current_time(), self.path))

    def _set_degraded(self, degraded: bool) -> None:
        self.degraded = degraded
        for slot in self.slots:
            for link in slot.links_in():
                link.discard(degraded)
