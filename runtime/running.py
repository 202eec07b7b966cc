"""A graph at work."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar, TypeVarTuple, Unpack

import trio

from runtime.branch import Branch
from runtime.errors import UnknownPathError
from runtime.events import Event
from runtime.group import Group
from runtime.interruption import Interruption
from runtime.link import Link
from runtime.reporting import report
from runtime.slot import Slot
from runtime.statistics import ActorStatistics, GraphStatistics

if TYPE_CHECKING:
    from runtime.graph import Graph

T = TypeVar("T")
Args = TypeVarTuple("Args")
Observe = Callable[[Event], None]


class InThread(Protocol):
    """How `ctx.in_thread` runs a blocking function."""

    def __call__(self, function: Callable[[Unpack[Args]], T], *args: *Args) -> Awaitable[T]:
        """Return the function's result; cancelled, drop it."""
        ...


async def _in_worker_thread(function: Callable[[Unpack[Args]], T], *args: *Args) -> T:
    return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


class RunningGraph:
    """Actors and links of one run. Made by `open_graph`."""

    def __init__(
        self, graph: Graph, *, observe: Observe | None, seed: int | None, in_thread: InThread | None
    ) -> None:
        graph.check()
        self.graph = graph
        self._observers: list[Observe] = [] if observe is None else [observe]
        self._seed = seed
        self._in_thread: InThread = _in_worker_thread if in_thread is None else in_thread
        self._slots = {actor: Slot(self, actor, path) for actor, path in graph.paths.items()}
        self._links = [self._link(index) for index in range(len(graph.wires))]
        self.interruption = Interruption(self._spoken(), self.emit)
        self._branches = self._branch_all()
        self._done = trio.Event()
        self._failure: BaseException | None = None
        self._nursery: trio.Nursery | None = None

    # What actors use, through their context

    def emit(self, event: Event) -> None:
        """Log an event and hand it to the observers."""
        report(event)
        for observe in self._observers:
            observe(event)

    async def in_thread(self, function: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """Run a blocking function in a thread."""
        return await self._in_thread(function, *args)

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
        for slot in self._children(path):
            slot.child.kill()

    def interrupt(self, turn: int) -> None:
        """End a turn and all older ones, everywhere, before this call returns."""
        self.interruption.interrupt(turn, "")

    def statistics(self) -> GraphStatistics:
        """Return this moment as plain data."""
        degraded = {slot for branch in self._branches if branch.degraded for slot in branch.slots}
        return GraphStatistics(
            trio.current_time(),
            self.interruption.floor,
            [
                ActorStatistics(
                    slot.path,
                    "degraded" if slot in degraded else slot.child.state,
                    slot.child.life,
                )
                for slot in self._slots.values()
            ],
            [link.statistics() for link in self._links],
        )

    async def wait(self) -> None:
        """Wait until every actor has ended. Cancelled, the graph goes on."""
        await self._done.wait()

    async def stop(self, drain: float = 0.3) -> None:
        """Stop in order: sources, then what drains within `drain` seconds, then the rest."""
        sources = [slot for slot in self._slots.values() if not slot.links_in()]
        for slot in sources:
            slot.child.stop("the graph stops: sources first")
        if sources:
            with trio.move_on_after(drain):
                await self._done.wait()
        for slot in self._slots.values():
            slot.child.stop("the graph stops")
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel(reason="the graph stops")
        await self._done.wait()

    async def run(self) -> None:
        """Run all branches; `wait` returns when this does."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                # Sinks first, as within a group.
                for branch in reversed(self._branches):
                    nursery.start_soon(branch.run, name=branch.path)
        finally:
            for link in self._links:
                link.close()
            self._done.set()

    def _children(self, path: str) -> list[Slot]:
        found = [
            slot
            for slot in self._slots.values()
            if slot.path == path or slot.path.startswith(f"{path}/")
        ]
        if not found:
            known = ", ".join(slot.path for slot in self._slots.values())
            raise UnknownPathError(f"No actor or group has the path {path!r}; there are: {known}.")
        return found

    def _link(self, index: int) -> Link[object]:
        w = self.graph.wires[index]
        source, target = self._slots[w.source.actor], self._slots[w.target.actor]
        inlet = target.inlets[w.target.name]
        link = Link[object](
            f"{source.path}.{w.source.name}",
            f"{target.path}.{w.target.name}",
            capacity=w.effective_capacity,
            overflow=w.effective_overflow,
            max_age=w.effective_max_age,
            readers=inlet.readers,
        )
        inlet.links.append(link)
        source.outlets[w.source.name].links.append(link)
        return link

    def _spoken(self) -> list[Link[object]]:
        """All links that speech reaches from the outlets where it begins."""
        wires = list(zip(self.graph.wires, self._links, strict=True))
        begins = [w.source for w, _ in wires if w.source.options.spoken]
        reached: dict[Link[object], None] = {}
        ahead = list(begins)
        while ahead:
            port = ahead.pop()
            for w, link in wires:
                if w.source is port and link not in reached:
                    reached[link] = None
                    outlets = w.target.actor.outlets().values()
                    ahead += [o for o in outlets if o.options.spoken is not False]
        return list(reached)

    def _branch_all(self) -> list[Branch]:
        grouped = [
            Branch(self, name, group, [self._slots[actor] for actor in group.actors])
            for name, group in self.graph.groups.items()
        ]
        members = {actor for group in self.graph.groups.values() for actor in group.actors}
        alone = [
            Branch(
                self,
                slot.path,
                Group(
                    [actor],
                    max_restarts=actor.max_restarts,
                    within=actor.within,
                    essential=actor.essential,
                ),
                [slot],
            )
            for actor, slot in self._slots.items()
            if actor not in members
        ]
        return [*alone, *grouped]


@asynccontextmanager
async def open_graph(
    graph: Graph,
    *,
    observe: Observe | None = None,
    seed: int | None = None,
    in_thread: InThread | None = None,
) -> AsyncGenerator[RunningGraph]:
    """Run a graph for the length of the block; leaving it stops all actors in order.

    `observe` gets every event. `seed` fixes the random numbers of all actors. Raises `GraphError`
    when the graph cannot run, and `RestartsExhausted` from inside the block when an essential
    part has given up.
    """
    running = RunningGraph(graph, observe=observe, seed=seed, in_thread=in_thread)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.run)
        try:
            yield running
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 2.0):
                await running.stop()
            nursery.cancel_scope.cancel(reason="the graph has stopped")
