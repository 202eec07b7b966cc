"""How a graph ends."""

from collections.abc import Callable
from typing import ClassVar

import attrs
import pytest
import trio
from stage_set import Permanent, Relay, Script, Sink, Source, run

from runtime import (
    Actor,
    ActorCrashed,
    ActorStarted,
    ActorStopped,
    Backoff,
    Composite,
    Context,
    Event,
    Graph,
    Group,
    GroupDegraded,
    GroupRecovered,
    In,
    Overflow,
    Restart,
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


@pytest.mark.parametrize("checkpoints", range(4))
def test_a_graph_that_is_left_while_it_starts_stops_in_order_at_once(checkpoints: int) -> None:
    async def main() -> None:
        source, sink = Source(range(10_000), every=1.0), Sink()
        events: list[Event] = []
        async with open_graph(Graph(source.out >> sink.inlet), observe=events.append):
            for _ in range(checkpoints):
                await trio.lowlevel.checkpoint()
        assert trio.current_time() == 0
        stopped = [(e.path, e.reason) for e in events if isinstance(e, ActorStopped)]
        assert stopped == [("source", "finished"), ("sink", "finished")]

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


Told = tuple[str, str, int, float]


def told(events: list[Event]) -> list[Told]:
    """What began, crashed and ended: kind, path, life, time."""
    return [
        (type(event).__name__.removeprefix("Actor"), event.path, event.life, event.at)
        for event in events
        if isinstance(event, ActorStarted | ActorCrashed | ActorStopped)
    ]


async def until_the_end(me: Script, ctx: Context) -> None:
    async for _ in me.inlet:
        pass


async def forever(me: Script, ctx: Context) -> None:
    await trio.sleep_forever()


class Inner(Composite):
    """A permanent sink inside an essential part."""

    essential: ClassVar[bool] = True
    incoming = In[object]()

    def graph(self) -> Graph:
        sink = Permanent(until_the_end).named("sink")
        return Graph(self.incoming.inner >> sink.inlet)


def grouped(source: Script, *, essential: bool = False) -> tuple[Graph, str]:
    sink = Permanent(until_the_end).named("sink")
    group = Group([sink], max_restarts=3, essential=essential)
    return Graph(source.outlet >> sink.inlet, groups={"sinks": group}), "sinks/sink"


def essential(source: Script) -> tuple[Graph, str]:
    return grouped(source, essential=True)


def nested(source: Script) -> tuple[Graph, str]:
    inner = Inner()
    return Graph(source.outlet >> inner.incoming), "inner/sink"


@pytest.mark.parametrize("make", [grouped, essential, nested])
@pytest.mark.parametrize("kind", [Script, Permanent])
def test_what_must_always_run_may_end_when_the_graph_stops(
    make: Callable[[Script], tuple[Graph, str]], kind: type[Script]
) -> None:
    async def main() -> None:
        events: list[Event] = []
        graph, sink = make(kind(forever).named("source"))
        async with open_graph(graph, observe=events.append):
            await trio.sleep(1)
        assert told(events) == [
            ("Started", sink, 1, 0.0),
            ("Started", "source", 1, 0.0),
            ("Stopped", "source", 1, 1.0),
            ("Stopped", sink, 1, 1.0),
        ]
        assert trio.current_time() == 1.0

    run(main)


def test_a_crash_during_the_stop_is_told_and_not_followed_by_another_life() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            await until_the_end(me, ctx)
            raise ValueError

        source, sink = Script(forever).named("source"), Script(live).named("sink")
        events: list[Event] = []
        group = Group([sink], max_restarts=0, essential=True)
        graph = Graph(source.outlet >> sink.inlet, groups={"g": group})
        async with open_graph(graph, observe=events.append):
            await trio.sleep(1)
        assert told(events)[2:] == [
            ("Stopped", "source", 1, 1.0),
            ("Crashed", "g/sink", 1, 1.0),
            ("Stopped", "g/sink", 1, 1.0),
        ]

    run(main)


def test_a_restart_whose_time_comes_during_the_stop_is_none() -> None:
    class Later(Script):
        backoff: ClassVar[Backoff] = Backoff(base=0.2, immediate_first=False)

    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            await trio.sleep(1)
            raise ValueError

        source, sink = Script(forever).named("source"), Later(live).named("sink")
        events: list[Event] = []
        async with open_graph(Graph(source.outlet >> sink.inlet), observe=events.append):
            await trio.sleep(1.01)
        assert [pair[:3] for pair in told(events)[2:]] == [
            ("Crashed", "sink", 1),
            ("Stopped", "source", 1),
            ("Stopped", "sink", 2),
        ]

    run(main)


def test_a_degraded_group_is_not_tried_again_during_the_stop() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            raise ValueError

        source, sick = Script(forever).named("source"), Script(live).named("sick")
        events: list[Event] = []
        group = Group([sick], max_restarts=0)
        graph = Graph(source.outlet >> sick.inlet, groups={"g": group})
        async with open_graph(graph, observe=events.append) as running:
            await trio.sleep(9.9)
            await running.stop(drain=20)
        assert [type(e) for e in events if isinstance(e, GroupDegraded | GroupRecovered)] == [
            GroupDegraded
        ]
        assert trio.current_time() == 9.9

    run(main)


def test_children_of_a_life_are_not_started_again_during_the_stop() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            async with ctx.children(max_restarts=3) as children:
                child = children.start(
                    "reader", lambda: until_the_end(me, ctx), restart=Restart.PERMANENT
                )
                await child.done.wait()
                await trio.sleep(0.01)

        source, sink = Script(forever).named("source"), Script(live).named("sink")
        events: list[Event] = []
        async with open_graph(Graph(source.outlet >> sink.inlet), observe=events.append):
            await trio.sleep(1.005)
        of_child = [e[:3] for e in told(events) if e[1] == "sink/reader"]
        assert of_child == [("Started", "sink/reader", 1), ("Stopped", "sink/reader", 1)]

    run(main)
