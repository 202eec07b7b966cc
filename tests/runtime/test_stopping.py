"""How a graph ends."""

from typing import ClassVar

import attrs
import pytest
import trio
from stage_set import Relay, Script, Sink, Source, run

from runtime import (
    Actor,
    ActorStopped,
    Context,
    Event,
    Graph,
    In,
    Overflow,
    RunningGraph,
    StopDelayed,
    open_graph,
    wire,
)


def test_stopping_ends_sources_first_and_drains_what_is_under_way() -> None:
    async def main() -> None:
        source, relay, sink = Source(range(10_000), every=0.01), Relay(takes=0.01), Sink(takes=0.01)
        events: list[Event] = []
        async with open_graph(
            Graph(source.out >> relay.inlet, relay.outlet >> sink.inlet), observe=events.append
        ) as running:
            await trio.sleep(1)
            sent = running.statistics().links[0].sent
            await running.stop()
        assert len(sink.got) == sent
        stopped = [(e.path, e.at) for e in events if isinstance(e, ActorStopped)]
        assert [path for path, _ in stopped] == ["source", "relay", "sink"]
        assert stopped[-1][1] <= 1.05

    run(main)


def test_what_does_not_drain_in_time_is_cancelled() -> None:
    async def main() -> None:
        source, sink = Source(range(100)), Sink(takes=1.0)
        async with open_graph(wire_of(source, sink)):
            await trio.sleep(2.5)
        assert trio.current_time() == pytest.approx(2.8)
        assert sink.got == [0, 1, 2]

    def wire_of(source: Source, sink: Sink) -> Graph:
        return Graph(wire(source.out, sink.inlet, capacity=200))

    run(main)


def test_cancelling_the_block_stops_in_order() -> None:
    async def main() -> None:
        source, sink = Source(range(10_000), every=0.01), Sink(takes=0.02)
        with trio.move_on_after(1) as scope:
            async with open_graph(
                Graph(wire(source.out, sink.inlet, overflow=Overflow.DROP_NEWEST, capacity=3))
            ) as running:
                await trio.sleep_forever()
        assert scope.cancelled_caught
        assert trio.current_time() < 1.1
        assert running.statistics().links[0].depth == 0
        assert running.statistics().links[0].closed

    run(main)


def test_a_cycle_that_nothing_flows_into_stops_at_once() -> None:
    async def main() -> None:
        a, b = Relay().named("a"), Relay().named("b")
        graph = Graph(a.outlet >> b.inlet, wire(b.outlet, a.inlet, overflow=Overflow.LATEST))
        async with open_graph(graph):
            await trio.sleep(1)
        assert trio.current_time() == 1.0

    run(main)


def test_an_error_in_the_block_comes_out_as_itself() -> None:
    async def main() -> None:
        with pytest.raises(LookupError, match="mine"):
            async with open_graph(Graph(Source().out >> Sink().inlet)):
                raise LookupError("mine")

    run(main)


@attrs.frozen
class Stubborn(Actor):
    """Swallows its first cancellation."""

    inlet = In[object](optional=True)

    async def run(self, ctx: Context) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await self.will_not_go()

    async def will_not_go(self) -> None:
        await trio.sleep(2.5)


def test_a_stubborn_actor_is_named_each_second_with_its_stack() -> None:
    async def main() -> None:
        source, stubborn = Source([1]), Stubborn()
        events: list[Event] = []
        async with open_graph(
            Graph(source.out >> stubborn.inlet), observe=events.append
        ) as running:
            await running.wait_ready()
        told = [event for event in events if isinstance(event, StopDelayed)]
        assert [(event.path, event.seconds) for event in told] == [("stubborn", 1), ("stubborn", 2)]
        assert "will_not_go" in told[0].stack
        assert trio.current_time() == pytest.approx(2.8)

    run(main)


@pytest.mark.parametrize("where", ["block", "actor"])
def test_a_raw_keyboard_interrupt_leaves_nothing_behind(where: str) -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            await trio.sleep(1)
            if where == "actor":
                raise KeyboardInterrupt
            await trio.sleep_forever()

        before = set(_tasks())
        source, sink = Source(range(10_000), every=0.01), Sink(takes=1.0)
        held: list[RunningGraph] = []

        async def hold() -> None:
            graph = Graph(source.out >> sink.inlet, Script(live).outlet >> Sink().inlet)
            async with open_graph(graph) as running:
                held.append(running)
                await trio.sleep(1)
                if where == "block":
                    raise KeyboardInterrupt
                await trio.sleep_forever()

        with pytest.raises(KeyboardInterrupt):
            await hold()
        assert set(_tasks()) == before
        # At once: nothing was drained.
        assert trio.current_time() == 1.0
        assert all(link.closed for link in held[0].statistics().links)

    run(main)


def _tasks() -> list[str]:
    root = trio.lowlevel.current_root_task()
    assert root is not None
    found, ahead = [], [root]
    while ahead:
        task = ahead.pop()
        found.append(f"{task.name} {id(task)}")
        ahead += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return found


def test_system_exit_goes_through() -> None:
    class Leaver(Script):
        essential: ClassVar[bool] = True

    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            raise SystemExit(3)

        with pytest.raises(SystemExit):
            await Graph(Leaver(live).outlet >> Sink().inlet).run()

    run(main)
