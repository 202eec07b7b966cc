"""A graph at work."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

import trio

from runtime import order
from runtime.actor import Actor
from runtime.branch import Branch
from runtime.errors import UnknownPathError
from runtime.events import Event, LinkDropped, LoopStalled, StopDelayed
from runtime.interruption import Interruption
from runtime.link import Link
from runtime.reporting import logger, report
from runtime.slot import Slot
from runtime.spoken import spoken
from runtime.stacks import stack_of
from runtime.statistics import ActorStatistics, GraphStatistics
from runtime.threads import InThread, Work, in_worker_thread, slots
from runtime.tree import Limb
from runtime.unwrapping import holds, open_plain_nursery
from runtime.watchdog import watched
from runtime.wire import Wire

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from runtime.graph import DescriptionFormat, Graph

T = TypeVar("T")
Args = TypeVarTuple("Args")
Observe = Callable[[Event], None]


class RunningGraph:
    """Actors and links of one run. Made by `open_graph`."""

    def __init__(
        self,
        graph: Graph,
        *,
        observe: Observe | None,
        seed: int | None,
        in_thread: InThread | None,
        log: FilteringBoundLogger | None,
        content: bool,
    ) -> None:
        graph.check()
        self.graph = graph
        self.content = content
        """Whether crash reports may show the exceptions' messages."""
        self.log = logger(log)
        for warning in graph.warnings:
            self.log.warning("graph.warning", why=warning)
        self._observers: list[Observe] = [] if observe is None else [observe]
        self._seed = seed
        self._in_thread = in_thread
        self._slots = {actor: Slot(self, actor, path) for actor, path in graph.paths.items()}
        self.links: Mapping[Wire, Link[object]] = {w: self._link(w) for w in graph.wires}
        self.interruption = Interruption(spoken(self.links), self.emit)
        self._branches = [self._branch(limb) for limb in graph.tree]
        reach = self._reach()
        for slot in self._slots.values():
            slot.awaited = order.downstream(slot, reach)
        self.stopping = trio.Event()
        """Set when the orderly stop begins: from then on no life is followed by another."""
        self._done = trio.Event()
        self._scope = trio.CancelScope(shield=True)

    # What actors use, through their context

    def emit(self, event: Event) -> None:
        """Log an event and hand it to the observers."""
        report(event, self.log)
        for observe in self._observers:
            observe(event)

    async def in_thread(
        self, function: Callable[[Unpack[Args]], T], *args: *Args, work: Work = Work.CPU
    ) -> T:
        """Run a blocking function in a thread."""
        if self._in_thread is not None:
            return await self._in_thread(function, *args)
        return await in_worker_thread(function, *args, work=work)

    def random_for(self, path: str, life: int) -> random.Random:
        """A generator that depends on the seed, the actor and the life alone."""
        if self._seed is None:
            return random.Random()
        return random.Random(f"{self._seed}/{path}/{life}")

    # What the owner of the graph uses

    def observe(self, observe: Observe) -> None:
        """Call `observe` with each event from now on. It must return at once."""
        self._observers.append(observe)

    def kill(self, path: str) -> None:
        """Crash an actor, or all actors of a group; supervision does the rest."""
        for slot in self._below(path):
            slot.child.kill()

    def interrupt(self, turn: int) -> None:
        """End a turn and all older ones, everywhere, before this call returns."""
        self.interruption.interrupt(turn, "")

    def describe(self, format: DescriptionFormat = "text") -> str:  # noqa: A002 (as in the CLI)
        """Draw the graph; see `Graph.describe`."""
        return self.graph.describe(format)

    def statistics(self) -> GraphStatistics:
        """Return this moment as plain data."""
        return GraphStatistics(
            trio.current_time(),
            self.interruption.floor,
            [
                ActorStatistics(slot.path, slot.child.state, slot.child.life)
                for slot in self._slots.values()
            ],
            [link.statistics() for link in self.links.values()],
            {work.value: limiter.borrowed_tokens for work, limiter in slots().items()},
        )

    async def wait_ready(self) -> None:
        """Wait until every actor is ready, or has ended, or is degraded."""
        for slot in self._slots.values():
            await slot.ready.wait()

    async def wait(self) -> None:
        """Wait until every actor has ended. Cancelled, the graph goes on."""
        await self._done.wait()

    async def stop(self, drain: float = 0.3) -> None:
        """Stop in order: sources, then what drains within `drain` seconds, then the rest.

        Nothing is started again meanwhile. An actor that does not honour its cancellation is
        reported each second, with its stack, until it ends.
        """
        self.stopping.set()
        every = list(self._slots.values())
        first = order.sources(every, self._reach())
        for slot in first:
            slot.child.stop("the graph stops: sources first")
        if len(first) < len(every):
            with trio.move_on_after(drain):
                await self._done.wait()
        for slot in every:
            slot.child.stop("the graph stops")
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
        """Run all branches; `wait` returns when this does.

        Cancellation from outside is left to `open_graph`, which stops in order.
        """
        try:
            with self._scope:
                async with open_plain_nursery() as nursery:
                    for branch in self._branches:
                        nursery.start_soon(branch.run, name=branch.path)
        finally:
            for link in self.links.values():
                link.close()
            self._done.set()  # first: an observer that raises below holds nobody up
            for slot in self._slots.values():
                slot.end_with_the_graph()

    def _reach(self) -> order.Reach[Slot]:
        following: dict[Slot, list[Slot]] = {slot: [] for slot in self._slots.values()}
        for w in self.graph.wires:
            following[self._slots[w.source.actor]].append(self._slots[w.target.actor])
        return order.reachable(following)

    def _report_stubborn(self, seconds: float) -> None:
        for slot in self._slots.values():
            if (task := slot.child.task) is not None:
                self.emit(StopDelayed(trio.current_time(), slot.path, seconds, stack_of(task)))

    def _below(self, path: str) -> list[Slot]:
        found = [
            slot
            for slot in self._slots.values()
            if slot.path == path or slot.path.startswith(f"{path}/")
        ]
        if not found:
            known = ", ".join(slot.path for slot in self._slots.values())
            raise UnknownPathError(f"No actor or group has the path {path!r}; there are: {known}.")
        return found

    def _link(self, w: Wire) -> Link[object]:
        source, target = self._slots[w.source.actor], self._slots[w.target.actor]
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
        self.emit(LinkDropped(trio.current_time(), link, cause, count))

    def _branch(self, limb: Limb) -> Branch:
        members = [
            self._slots[member] if isinstance(member, Actor) else self._branch(member)
            for member in limb.members
        ]
        return Branch(self, limb, members)

    def stalled(self, path: str, seconds: float) -> None:
        """Tell that one step took too long."""
        self.emit(LoopStalled(trio.current_time(), path, seconds))


@asynccontextmanager
async def open_graph(
    graph: Graph,
    *,
    observe: Observe | None = None,
    seed: int | None = None,
    in_thread: InThread | None = None,
    log: FilteringBoundLogger | None = None,
    log_content: bool = False,
    watchdog: float | None = None,
) -> AsyncGenerator[RunningGraph]:
    """Run a graph for the length of the block; leaving it stops all actors in order.

    So does cancelling the block; a KeyboardInterrupt ends everything at once.

    Args:
        graph: the blueprint.
        observe: gets every event; it must return at once.
        seed: fixes the random numbers of all actors.
        in_thread: runs the blocking functions of actors, in place of worker threads.
        log: a structlog logger, bound to whatever its lines should carry (call, participant).
        log_content: let reports show exceptions' messages, which may quote what people said.
        watchdog: report each step of a task that takes longer than so many seconds of real time.

    Raises:
        GraphError: the graph cannot run; nothing has started.
        RestartsExhausted: an essential part has given up.
    """
    running = RunningGraph(
        graph,
        observe=observe,
        seed=seed,
        in_thread=in_thread,
        log=log,
        content=log_content,
    )
    watching = (
        nullcontext()
        if watchdog is None
        else watched(frozenset(graph.paths.values()), watchdog, running.stalled)
    )
    with watching:
        async with open_plain_nursery() as nursery:
            nursery.start_soon(running.run)
            try:
                yield running
            except BaseException as error:
                if holds(error, KeyboardInterrupt, SystemExit):
                    running.cancel()
                raise
            finally:
                with trio.CancelScope(shield=True):
                    await running.stop()
