"""Restarts: who, when, how often, and what then."""

from collections.abc import Callable
from typing import ClassVar

import attrs
import pytest
import trio
from stage_set import Permanent, Relay, Script, Sink, Source, Temporary, run

from runtime import (
    Actor,
    ActorCrashed,
    ActorReady,
    ActorRestarted,
    ActorStarted,
    ActorStopped,
    Backoff,
    Composite,
    Context,
    Event,
    Gap,
    Graph,
    Group,
    GroupDegraded,
    GroupRecovered,
    In,
    NotReady,
    Out,
    Overflow,
    Restart,
    RestartsExhausted,
    Strategy,
    open_graph,
    wire,
)

Pair = tuple[str, str]


def lives(events: list[Event]) -> list[Pair]:
    return [
        (type(event).__name__.removeprefix("Actor"), event.path)
        for event in events
        if isinstance(event, ActorStarted | ActorCrashed | ActorStopped)
    ]


def test_a_crash_loses_the_item_in_hand_and_nothing_else() -> None:
    async def main() -> None:
        source, relay, sink = Source(range(6)), Relay(crash_at=[2]), Sink()
        events: list[Event] = []
        async with open_graph(
            Graph(source.out >> relay.inlet, relay.outlet >> sink.inlet), observe=events.append
        ) as running:
            await running.wait()
        assert sink.got == [0, 1, 3, 4, 5]
        assert ("Crashed", "relay") in lives(events)
        [restarted] = [event for event in events if isinstance(event, ActorRestarted)]
        assert (restarted.path, restarted.life, restarted.after) == ("relay", 2, 0.0)

    run(main)


def test_the_item_after_a_crash_comes_behind_a_gap() -> None:
    async def main() -> None:
        got: list[object] = []

        async def listen(me: Script, ctx: Context) -> None:
            got.extend([item async for item in me.inlet.with_marks()])

        source, relay, sink = Source([1, 2, 3]), Relay(crash_at=[2]), Script(listen)
        await Graph(source.out >> relay.inlet, relay.outlet >> sink.inlet).run()
        assert got == [1, Gap(), 3]

    run(main)


@pytest.mark.parametrize(
    ("kind", "crashes", "expected"),
    [
        (Permanent, False, 3),
        (Permanent, True, 3),
        (Script, False, 1),
        (Script, True, 3),
        (Temporary, False, 1),
        (Temporary, True, 1),
    ],
)
def test_restart_policy(kind: type[Script], crashes: bool, expected: int) -> None:
    async def main() -> None:
        begun = 0

        async def live(me: Script, ctx: Context) -> None:
            nonlocal begun
            begun += 1
            if begun == 3:
                await trio.sleep_forever()
            if crashes:
                raise ValueError

        async with open_graph(Graph(groups={"g": Group([kind(live)])})):
            await trio.sleep(20)
        assert begun == expected

    run(main)


def three(strategy: Strategy) -> tuple[Graph, Callable[[], list[Pair]], list[Event]]:
    async def live(me: Script, ctx: Context) -> None:
        if ctx.path == "g/b" and ctx.life == 1:
            await trio.sleep(1)
            raise ValueError
        await trio.sleep_forever()

    actors = [Script(live).named(name) for name in "abc"]
    events: list[Event] = []
    return Graph(groups={"g": Group(actors, strategy=strategy)}), lambda: lives(events), events


@pytest.mark.parametrize(
    ("strategy", "again"),
    [
        (Strategy.ONE_FOR_ONE, "b"),
        (Strategy.ONE_FOR_ALL, "abc"),
        (Strategy.REST_FOR_ONE, "bc"),
    ],
)
def test_strategy(strategy: Strategy, again: str) -> None:
    async def main() -> None:
        graph, _, events = three(strategy)
        async with open_graph(graph, observe=events.append):
            await trio.sleep(2)
            second = [e.path for e in events if isinstance(e, ActorStarted) and e.life == 2]
        assert sorted(second) == [f"g/{name}" for name in again]

    run(main)


def test_two_crashes_at_one_moment_are_both_told() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            if ctx.life == 1:
                await trio.sleep(1)
                raise ValueError
            await trio.sleep_forever()

        actors = [Script(live).named(name) for name in "ab"]
        events: list[Event] = []
        graph = Graph(groups={"g": Group(actors, strategy=Strategy.ONE_FOR_ALL)})
        async with open_graph(graph, observe=events.append):
            await trio.sleep(2)
            crashed = [e.path for e in events if isinstance(e, ActorCrashed)]
        assert sorted(crashed) == ["g/a", "g/b"]

    run(main)


def test_backoff_doubles_up_to_its_cap_with_jitter() -> None:
    import random

    rng = random.Random(1)
    backoff = Backoff(base=0.05, cap=5.0)
    assert backoff.delay(0, rng) == 0.0
    for n, full in [(1, 0.05), (2, 0.1), (3, 0.2), (20, 5.0)]:
        delays = [backoff.delay(n, rng) for _ in range(200)]
        assert full * 0.5 <= min(delays) < full * 0.6
        assert full * 0.9 < max(delays) <= full
    assert Backoff(immediate_first=False).delay(0, random.Random(1)) >= 0.025


async def always_crashes(me: Script, ctx: Context) -> None:
    raise ValueError("what somebody said")


class Essential(Script):
    essential: ClassVar[bool] = True


def test_an_essential_actor_beyond_its_budget_ends_the_graph_with_the_last_crash_as_cause() -> None:
    async def main() -> None:
        with pytest.raises(
            RestartsExhausted, match="essential needed more than 5 restarts"
        ) as info:
            await Graph(Essential(always_crashes).outlet >> Sink().inlet).run()
        assert isinstance(info.value.__cause__, ValueError)

    run(main)


def test_a_group_beyond_its_budget_is_degraded_and_tried_again_after_10_s() -> None:
    async def main() -> None:
        alive_from = 25.0

        async def live(me: Script, ctx: Context) -> None:
            async for item in me.inlet:
                if ctx.now() < alive_from:
                    raise ValueError
                await me.outlet.send(item)

        source, sick, sink = Source(range(4000), every=0.01), Script(live), Sink()
        events: list[Event] = []
        graph = Graph(
            wire(source.out, sick.inlet, capacity=2),
            sick.outlet >> sink.inlet,
            groups={"voice": Group([sick], max_restarts=2)},
        )
        async with open_graph(graph, observe=events.append) as running:
            await trio.sleep(5)
            states = {actor.path: actor.state for actor in running.statistics().actors}
            assert states["voice/script"] == "degraded"
            await running.wait()
            link = running.statistics().links[0]
        degraded = [event for event in events if isinstance(event, GroupDegraded)]
        recovered = [event for event in events if isinstance(event, GroupRecovered)]
        assert [event.path for event in degraded] == ["voice"] * len(degraded)
        assert degraded[0].cause == "ValueError"
        waited = [r.at - d.at for d, r in zip(degraded, recovered, strict=True)]
        assert waited == pytest.approx([10.0] * len(waited))
        # Nobody upstream was held up: the source kept its pace to the end.
        [source_stopped] = [e for e in events if isinstance(e, ActorStopped) and e.path == "source"]
        assert source_stopped.at == pytest.approx(40.0, abs=0.1)
        assert link.sent + link.dropped["discarded"] >= 4000
        assert sink.got[-1] == 3999

    run(main)


def test_kill_is_a_crash_of_one_actor_or_of_a_whole_group() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            await trio.sleep_forever()

        a, b = Script(live).named("a"), Script(live).named("b")
        events: list[Event] = []
        async with open_graph(Graph(groups={"g": Group([a, b])}), observe=events.append) as running:
            await running.wait_ready()
            running.kill("g/a")
            await trio.sleep(1)
            running.kill("g")
            await trio.sleep(1)
            crashed = [e for e in events if isinstance(e, ActorCrashed)]
            with pytest.raises(
                KeyError, match="No actor or group has the path 'h'; there are: g/a"
            ):
                running.kill("h")
        assert sorted(e.path for e in crashed) == ["g/a", "g/a", "g/b"]
        assert crashed[0].report.error == "Killed"

    run(main)


def test_clean_up_that_raises_while_a_life_is_killed_is_the_crash() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            try:
                await trio.sleep_forever()
            finally:
                if ctx.life == 1:
                    raise OSError("clean-up")

        events: list[Event] = []
        async with open_graph(
            Graph(groups={"g": Group([Script(live)])}), observe=events.append
        ) as running:
            await running.wait_ready()
            running.kill("g/script")
            await trio.sleep(1)
        assert [e.report.error for e in events if isinstance(e, ActorCrashed)] == ["OSError"]

    run(main)


@attrs.frozen
class Slow(Actor):
    """Is ready after a while."""

    ready_within: ClassVar[float | None] = 2.0
    starts: float = 1.0
    inlet = In[object]()

    async def run(self, ctx: Context) -> None:
        await trio.sleep(self.starts)
        ctx.ready()
        ctx.ready()
        async for _ in self.inlet:
            pass


def test_sources_start_after_those_downstream_are_ready() -> None:
    async def main() -> None:
        source, relay, slow = Source(), Relay(), Slow()
        events: list[Event] = []
        async with open_graph(
            Graph(source.out >> relay.inlet, relay.outlet >> slow.inlet), observe=events.append
        ) as running:
            await running.wait_ready()
        told = [(type(e), e.path, e.at) for e in events if isinstance(e, ActorStarted | ActorReady)]
        assert told == [
            (ActorStarted, "slow", 0.0),
            (ActorReady, "slow", 1.0),
            (ActorStarted, "relay", 1.0),
            (ActorStarted, "source", 1.0),
        ]

    run(main)


def test_an_actor_that_never_becomes_ready_is_a_crash_that_says_so() -> None:
    async def main() -> None:
        class Never(Slow):
            max_restarts: ClassVar[int] = 1
            essential: ClassVar[bool] = True
            restart: ClassVar[Restart] = Restart.TRANSIENT

        source = Source()
        with pytest.raises(RestartsExhausted) as info:
            await Graph(source.out >> Never(starts=60).inlet).run()
        assert isinstance(info.value.__cause__, NotReady)
        assert "never did not call ctx.ready() within 2 s" in str(info.value.__cause__)

    run(main)


class Twin(Composite):
    """Two relays, of which the first is essential."""

    max_restarts: ClassVar[int] = 1
    essential: ClassVar[bool] = True
    incoming = In[object]()
    outgoing = Out[object]()

    def graph(self) -> Graph:
        first = Essential(always_crashes).named("first")
        second = Relay().named("second")
        return Graph(
            self.incoming.inner >> first.inlet,
            first.outlet >> second.inlet,
            second.outlet >> self.outgoing.inner,
        )


def test_escalation_goes_up_the_tree_and_keeps_its_causes() -> None:
    async def main() -> None:
        source, pair, sink = Source(), Twin(), Sink()
        events: list[Event] = []
        graph = Graph(source.out >> pair.incoming, pair.outgoing >> sink.inlet)
        assert list(graph.paths.values()) == ["source", "sink", "twin/first", "twin/second"]
        with pytest.raises(RestartsExhausted, match="twin gives up") as info:
            async with open_graph(graph, observe=events.append) as running:
                await running.wait()
        inner = info.value.__cause__
        assert isinstance(inner, RestartsExhausted)
        assert "twin/first gives up" in str(inner)
        assert isinstance(inner.__cause__, ValueError)
        reports = [e.report for e in events if isinstance(e, ActorCrashed)]
        # Two rounds of one life and five restarts each.
        assert [r.path for r in reports if r.error == "ValueError"] == ["twin/first"] * 12
        of_groups = [r.error for r in reports if r.error != "ValueError"]
        assert of_groups == ["RestartsExhausted, caused by ValueError"] * 2

    run(main)


def test_a_live_link_is_trimmed_when_its_receiver_restarts() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            if ctx.life == 1:
                await trio.sleep(1)
                raise ValueError
            async for item in me.inlet:
                got.append(item)

        got: list[object] = []
        source, slow = Source(range(100), every=0.02), Script(live)
        events: list[Event] = []
        async with open_graph(
            Graph(wire(source.out, slow.inlet, capacity=20, overflow=Overflow.DROP_OLDEST)),
            observe=events.append,
        ) as running:
            await running.wait()
        [crash] = [e for e in events if isinstance(e, ActorCrashed)]
        assert crash.report.trimmed > 0
        assert f"trimmed  {crash.report.trimmed} item(s)" in crash.report.text
        # One frame stands at the restart; the rest is live.
        assert got[0] == 48
        assert got == list(range(48, 100))

    run(main)


def chain(listed: str, strategy: Strategy) -> Graph:
    """A source `a` before `b` before a sink `c`, each of which is ready 0.5 s after it began."""

    class Late(Script):
        ready_within: ClassVar[float | None] = 2.0

    async def live(me: Script, ctx: Context) -> None:
        await trio.sleep(0.5)
        ctx.ready()
        await trio.sleep_forever()

    a, b, c = [Late(live).named(name) for name in "abc"]
    actors = {"a": a, "b": b, "c": c}
    group = Group([actors[name] for name in listed], strategy=strategy)
    return Graph(a.outlet >> b.inlet, b.outlet >> c.inlet, groups={"g": group})


@pytest.mark.parametrize("listed", ["abc", "cba", "bca"])
@pytest.mark.parametrize("killed", ["a", "b", "c"])
@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_those_restarted_together_begin_as_at_the_first_start(
    listed: str, killed: str, strategy: Strategy
) -> None:
    async def main() -> None:
        events: list[Event] = []
        async with open_graph(chain(listed, strategy), observe=events.append) as running:
            await trio.sleep(3)
            running.kill(f"g/{killed}")
            await trio.sleep(3)
        began = [(e.life, e.path, e.at) for e in events if isinstance(e, ActorStarted)]
        assert began[:3] == [(1, "g/c", 0.0), (1, "g/b", 0.5), (1, "g/a", 1.0)]
        again = listed if strategy is Strategy.ONE_FOR_ALL else listed[listed.index(killed) :]
        in_order = [name for name in "cba" if name in again]
        assert began[3:] == [(2, f"g/{name}", 3 + 0.5 * n) for n, name in enumerate(in_order)]

    run(main)


def test_a_sink_that_crashes_on_its_way_back_is_still_waited_for() -> None:
    async def main() -> None:
        class Late(Script):
            ready_within: ClassVar[float | None] = 2.0

        async def live(me: Script, ctx: Context) -> None:
            await trio.sleep(0.5)
            if ctx.life == 2 and ctx.path == "g/sink":
                raise ValueError
            ctx.ready()
            await trio.sleep_forever()

        source, sink = Late(live).named("source"), Late(live).named("sink")
        events: list[Event] = []
        group = Group([source, sink], strategy=Strategy.REST_FOR_ONE)
        graph = Graph(source.outlet >> sink.inlet, groups={"g": group})
        async with open_graph(graph, observe=events.append) as running:
            await trio.sleep(3)
            running.kill("g/source")
            await trio.sleep(3)
        began = {(e.path, e.life): e.at for e in events if isinstance(e, ActorStarted)}
        assert list(began)[2:] == [("g/sink", 2), ("g/sink", 3), ("g/source", 2)]
        assert began["g/source", 2] == pytest.approx(began["g/sink", 3] + 0.5)

    run(main)


def test_a_degraded_group_comes_back_in_order() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            if ctx.path == "g/b" and ctx.life == 1:
                await trio.sleep(1)
                raise ValueError
            await trio.sleep(0.5)
            ctx.ready()
            await trio.sleep_forever()

        class Late(Script):
            ready_within: ClassVar[float | None] = 2.0

        a, b, c = [(Script if name == "b" else Late)(live).named(name) for name in "abc"]
        events: list[Event] = []
        graph = Graph(
            a.outlet >> b.inlet,
            b.outlet >> c.inlet,
            groups={"g": Group([a, b, c], max_restarts=0)},
        )
        async with open_graph(graph, observe=events.append):
            await trio.sleep(15)
        second = [(e.path, e.at) for e in events if isinstance(e, ActorStarted) and e.life == 2]
        # b is ready as soon as it runs.
        assert second == [("g/c", 11.5), ("g/b", 12.0), ("g/a", 12.0)]

    run(main)


class Tandem(Composite):
    """Its first gives up once; then both groups of it are restarted."""

    strategy: ClassVar[Strategy] = Strategy.ONE_FOR_ALL
    incoming = In[object]()

    def graph(self) -> Graph:
        class Late(Script):
            max_restarts: ClassVar[int] = 0
            essential: ClassVar[bool] = True
            ready_within: ClassVar[float | None] = 2.0

        async def live(me: Script, ctx: Context) -> None:
            await trio.sleep(0.5)
            ctx.ready()
            if ctx.life == 1 and ctx.path == "tandem/first":
                await trio.sleep(1)
                raise ValueError
            await trio.sleep_forever()

        first, last = Late(live).named("first"), Late(live).named("last")
        return Graph(self.incoming.inner >> first.inlet, first.outlet >> last.inlet)


def test_the_groups_of_a_composite_are_restarted_in_order() -> None:
    async def main() -> None:
        events: list[Event] = []
        async with open_graph(Graph(Source().out >> Tandem().incoming), observe=events.append):
            await trio.sleep(5)
        second = [(e.path, e.at) for e in events if isinstance(e, ActorStarted) and e.life == 2]
        assert second == [("tandem/last", 2.0), ("tandem/first", 2.5)]

    run(main)


@pytest.mark.parametrize("checkpoints", range(4))
def test_an_actor_that_is_killed_as_it_begins_is_started_again(checkpoints: int) -> None:
    async def main() -> None:
        source, sink = Source(range(3), every=0.1), Sink()
        events: list[Event] = []
        async with open_graph(Graph(source.out >> sink.inlet), observe=events.append) as running:
            for _ in range(checkpoints):
                await trio.lowlevel.checkpoint()
            running.kill("sink")
            await running.wait()
        assert sink.got == [0, 1, 2]
        crashed = [event for event in events if isinstance(event, ActorCrashed)]
        assert [(event.path, event.report.error) for event in crashed] == [("sink", "Killed")]

    run(main)
