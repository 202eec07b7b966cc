"""A graph at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import trio

from runtime.actor import Actor, actor_of
from runtime.actor_cell import ActorCell
from runtime.drawing import DescriptionFormat, describe
from runtime.errors import UnknownPathError, open_plain_nursery
from runtime.events import LinkDropped, LoopStalled, StopDelayed
from runtime.interruption import Interruption
from runtime.link import Link, LinkStatistics
from runtime.plan import Plan, Reach, SupervisorSpec, downstream, reachable, sources, spoken
from runtime.ports import Wire
from runtime.run import Observe, Run
from runtime.running_supervisor import RunningSupervisor
from runtime.threads import slots
from runtime.watchdog import stack_of


@attrs.frozen
class ActorStatistics:
    """`state`: waiting, starting, running, restarting, degraded or stopped."""

    path: str
    state: str
    life: int


@attrs.frozen
class GraphStatistics:
    """A moment of a running graph; `attrs.asdict` makes it JSON."""

    at: float
    floor: int
    actors: Sequence[ActorStatistics]
    links: Sequence[LinkStatistics]
    threads: Mapping[str, int] = attrs.field(factory=dict[str, int])
    """Slots of this process that blocking functions hold, by kind; abandoned ones count too."""


class RunningGraph:
    """Actors and links of one run. Made by `open_graph`."""

    def __init__(self, plan: Plan, run: Run) -> None:
        self.plan = plan
        """The wires, supervisors and paths of this run."""
        self._run = run
        self._cells = {actor: ActorCell(run, actor, path) for actor, path in plan.paths.items()}
        self.links: Mapping[Wire, Link[object]] = {w: self._link(w) for w in plan.wires}
        """The link of each wire."""
        run.interruption = self.interruption = Interruption(spoken(self.links), run.emit)
        self._supervisors = [self._supervisor(spec) for spec in plan.tree]
        reach = self._reach()
        for cell in self._cells.values():
            cell.awaited = downstream(cell, reach)
        self._done = trio.Event()
        self._scope = trio.CancelScope(shield=True)

    def observe(self, observe: Observe) -> None:
        """Call `observe` with each event from now on. It must return at once."""
        self._run.observers.append(observe)

    def kill(self, path: str) -> None:
        """Crash an actor, or all actors of a group; supervision does the rest."""
        for cell in self._below(path):
            cell.child.kill()

    def interrupt(self, turn: int) -> None:
        """End a turn and all older ones, everywhere, before this call returns."""
        self.interruption.interrupt(turn, "")

    def describe(self, format: DescriptionFormat = "text") -> str:  # noqa: A002 (as in the CLI)
        """Draw the graph; see `Graph.describe`."""
        return describe(self.plan, format)

    def statistics(self) -> GraphStatistics:
        """Return this moment as plain data."""
        return GraphStatistics(
            trio.current_time(),
            self.interruption.floor,
            [
                ActorStatistics(cell.path, cell.child.state, cell.child.life)
                for cell in self._cells.values()
            ],
            [link.statistics() for link in self.links.values()],
            {work.value: limiter.borrowed_tokens for work, limiter in slots().items()},
        )

    async def wait_ready(self) -> None:
        """Wait until every actor is ready, or has ended, or is degraded."""
        for cell in self._cells.values():
            await cell.ready.wait()

    async def wait(self) -> None:
        """Wait until every actor has ended. Cancelled, the graph goes on."""
        await self._done.wait()

    async def stop(self, drain: float = 0.3) -> None:
        """Stop in order: sources, then what drains within `drain` seconds, then the rest.

        Nothing is started again meanwhile. An actor that does not honour its cancellation is
        reported each second, with its stack, until it ends.
        """
        self._run.stopping.set()
        every = list(self._cells.values())
        first = sources(every, self._reach())
        for cell in first:
            cell.child.stop("the graph stops: sources first")
        if len(first) < len(every):
            with trio.move_on_after(drain):
                await self._done.wait()
        for cell in every:
            cell.child.stop("the graph stops")
        self.cancel()
        seconds = 0
        while not self._done.is_set():
            with trio.move_on_after(1.0):
                await self._done.wait()
                return
            seconds += 1
            self._report_stubborn(seconds)

    def cancel(self) -> None:
        """End everything at once, in no order."""
        self._scope.cancel(reason="the graph stops")

    async def run(self) -> None:
        """Run all supervisors; `wait` returns when this does.

        Cancellation from outside is left to `open_graph`, which stops in order.
        """
        try:
            with self._scope:
                async with open_plain_nursery() as nursery:
                    for supervisor in self._supervisors:
                        nursery.start_soon(supervisor.run, name=supervisor.path)
        finally:
            for link in self.links.values():
                link.close()
            self._done.set()  # first: an observer that raises below holds nobody up
            for cell in self._cells.values():
                cell.end_with_the_graph()

    def _reach(self) -> Reach[ActorCell]:
        following: dict[ActorCell, list[ActorCell]] = {cell: [] for cell in self._cells.values()}
        for w in self.plan.wires:
            following[self._cells[actor_of(w.source)]].append(self._cells[actor_of(w.target)])
        return reachable(following)

    def _report_stubborn(self, seconds: float) -> None:
        for cell in self._cells.values():
            if (task := cell.child.task) is not None:
                self._run.emit(StopDelayed(trio.current_time(), cell.path, seconds, stack_of(task)))

    def _below(self, path: str) -> list[ActorCell]:
        found = [
            cell
            for cell in self._cells.values()
            if cell.path == path or cell.path.startswith(f"{path}/")
        ]
        if not found:
            known = ", ".join(cell.path for cell in self._cells.values())
            raise UnknownPathError(f"No actor or group has the path {path!r}; there are: {known}.")
        return found

    def _link(self, w: Wire) -> Link[object]:
        source, target = self._cells[actor_of(w.source)], self._cells[actor_of(w.target)]
        link = Link[object](
            f"{source.path}.{w.source.name}",
            f"{target.path}.{w.target.name}",
            capacity=w.effective_capacity,
            overflow=w.effective_overflow,
            max_age=w.effective_max_age,
            replay=w.target.options.replay,
            on_drop=self._dropped,
        )
        target.inlets[w.target.name].connect(link)
        source.outlets[w.source.name].connect(link)
        return link

    def _dropped(self, link: str, cause: str, count: int) -> None:
        self._run.emit(LinkDropped(trio.current_time(), link, cause, count))

    def _supervisor(self, spec: SupervisorSpec) -> RunningSupervisor:
        members = [
            self._cells[member] if isinstance(member, Actor) else self._supervisor(member)
            for member in spec.members
        ]
        return RunningSupervisor(self._run, spec, members)

    def stalled(self, path: str, seconds: float) -> None:
        """Emit a `LoopStalled`; the watchdog calls it."""
        self._run.emit(LoopStalled(trio.current_time(), path, seconds))
