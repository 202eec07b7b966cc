"""What a graph is, what can be wrong with it, and how it is drawn."""

import json
from typing import Any, ClassVar, cast

import attrs
import pytest
import trio
from stage_set import Relay, Script, Sink, Source, run

from runtime import (
    Actor,
    Composite,
    Context,
    Graph,
    GraphError,
    Group,
    In,
    Kind,
    Out,
    Overflow,
    Receive,
    Restart,
    Send,
    errors,
    open_graph,
    register_converter,
    stage,
    wire,
)


def problems(graph: Graph) -> tuple[str, ...]:
    with pytest.raises(GraphError) as info:
        graph.check()
    return info.value.problems


def test_all_problems_are_told_at_once_each_with_what_to_do() -> None:
    a, b, c = (Relay().named(name) for name in "abc")
    lonely = Relay().named("lonely")
    graph = Graph(
        a.outlet >> b.inlet,
        b.outlet >> c.inlet,
        c.outlet >> a.inlet,
        lonely.outlet >> Sink().inlet,
        groups={"x": Group([a]), "y": Group([a]), "empty": Group([])},
    )
    told = problems(graph)
    assert "The group 'empty' is empty; name its actors, or leave it out." in told
    assert any(t.startswith("lonely.inlet has no wire; wire an outlet to it") for t in told)
    assert any("a stands in the groups 'x' and 'y'; an actor has one supervisor" in t for t in told)
    assert any("cycle" in t and "overflow=Overflow.DROP_OLDEST" in t for t in told)
    assert len(told) == 4
    assert str(GraphError(told)) == "\n".join(told)


def test_nothing_starts_when_something_is_wrong() -> None:
    async def main() -> None:
        with pytest.raises(GraphError, match=r"relay\.inlet has no wire"):
            await Graph(Relay().outlet >> Sink().inlet).run()

    run(main)


def test_a_cycle_with_a_link_that_drops_is_fine() -> None:
    a, b = Relay().named("a"), Relay().named("b")
    Graph(a.outlet >> b.inlet, wire(b.outlet, a.inlet, overflow=Overflow.LATEST)).check()


def test_a_diamond_is_no_cycle() -> None:
    a, b, c, d = (Relay(name).named(n) for name, n in zip([[]] * 4, "abcd", strict=True))
    graph = Graph(
        Source().out >> a.inlet,
        a.outlet >> b.inlet,
        a.outlet >> c.inlet,
        b.outlet >> d.inlet,
        c.outlet >> d.inlet,
    )
    graph.check()


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda: wire(Sink().inlet, Sink().inlet),
            "A wire begins at an outlet, and the inlet sink",
        ),
        (
            lambda: Source().out >> Source().out,
            "A wire leads to an inlet, and the outlet source.out",
        ),
        (lambda: wire(Source().out, 5), "A wire leads to an inlet, and int 5 is none"),
        (
            lambda: wire(Source().out, Sink().inlet, capacity=0),
            "has the capacity 0; give 1 or more",
        ),
        (lambda: wire(Source().out, Sink().inlet, max_age=0), "max_age 0; give seconds above 0"),
    ],
)
def test_a_wrong_wire_is_a_sentence(build, sentence: str) -> None:
    with pytest.raises(GraphError, match=sentence):
        build()


def test_an_unknown_port_is_a_sentence_with_the_known_ones() -> None:
    with pytest.raises(
        AttributeError,
        match=r"Relay has no port or field 'audio'; its inlets: "
        r"inlet; its outlets: outlet\.",
    ):
        _ = Relay().audio
    assert not hasattr(Relay(), "_private")


def test_a_port_of_a_blueprint_carries_nothing() -> None:
    source, sink = Source(), Sink()
    for use in (
        sink.inlet.receive_nowait,
        sink.inlet.with_marks,
        sink.inlet.done,
        lambda: sink.inlet.wired,
        sink.inlet.statistics,
        lambda: aiter(sink.inlet),
        lambda: source.out.send_nowait(1),
        lambda: source.out.mark(None),
    ):
        with pytest.raises(errors.NotRunningError, match="only inside the actor's own run"):
            use()

    async def main() -> None:
        with pytest.raises(errors.NotRunningError):
            await sink.inlet.receive()
        with pytest.raises(errors.NotRunningError):
            await source.out.send(1)

    run(main)


def test_paths_are_group_and_name_numbered_where_they_repeat() -> None:
    a, b, c = Relay(), Relay(), Relay()
    sink = Sink().named("end")
    graph = Graph(
        a.outlet >> b.inlet, b.outlet >> c.inlet, c.outlet >> sink.inlet, groups={"g": Group([c])}
    )
    assert list(graph.paths.values()) == ["relay", "relay2", "g/relay", "end"]
    assert graph.actors == (a, b, c, sink)


def test_actors_are_compared_by_identity() -> None:
    assert Relay() != Relay()
    assert len({Relay(), Relay()}) == 2


def test_a_graph_may_run_twice_at_once() -> None:
    async def main() -> None:
        source, sink = Source([1, 2]), Sink()
        graph = Graph(source.out >> sink.inlet)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(graph.run)
            nursery.start_soon(graph.run)
        assert sorted(sink.got) == [1, 1, 2, 2]

    run(main)


class Ears(Composite):
    """Two relays in a row, the second in a group."""

    incoming = In[object](overflow=Overflow.DROP_OLDEST, capacity=7)
    outgoing = Out[object]()

    def graph(self) -> Graph:
        first, second = Relay().named("first"), Relay().named("second")
        return Graph(
            self.incoming.inner >> first.inlet,
            first.outlet >> second.inlet,
            wire(second.outlet, self.outgoing.inner, max_age=3.0),
            groups={"deep": Group([second])},
        )


class Head(Composite):
    incoming = In[object]()
    outgoing = Out[object]()

    def graph(self) -> Graph:
        ears = Ears()
        return Graph(self.incoming.inner >> ears.incoming, ears.outgoing >> self.outgoing.inner)


def test_composites_stand_inside_composites_and_items_go_straight_through() -> None:
    async def main() -> None:
        source, head, sink = Source(range(5), every=0.1), Head(), Sink()
        graph = Graph(
            source.out >> head.incoming,
            head.outgoing >> sink.inlet,
            groups={"all": Group([head], max_restarts=3)},
        )
        assert list(graph.paths.values()) == [
            "source",
            "sink",
            "all/head/ears/first",
            "all/head/ears/deep/second",
        ]
        links = {str(w.target): w for w in graph.wires}
        assert links["first.inlet"].effective_overflow is Overflow.DROP_OLDEST
        assert links["first.inlet"].effective_capacity == 7
        assert links["sink.inlet"].effective_max_age == 3.0
        assert len(graph.wires) == 3
        async with open_graph(graph) as running:
            await trio.sleep(0.25)
            running.kill("all/head")
            await running.wait()
        assert sink.got == [0, 1, 2, 3, 4]

    run(main)


def test_the_inner_side_of_a_port_belongs_into_the_composites_own_graph() -> None:
    ears = Ears()
    told = problems(Graph(ears.incoming.inner >> Sink().inlet))
    assert any("take .inner away" in problem for problem in told)


def test_an_actor_inside_and_outside_has_two_supervisors() -> None:
    shared = Relay().named("shared")

    class Around(Composite):
        incoming = In[object]()

        def graph(self) -> Graph:
            return Graph(self.incoming.inner >> shared.inlet)

    around = Around()
    told = problems(Graph(Source().out >> around.incoming, shared.outlet >> Sink().inlet))
    assert any("shared stands at shared and at around/shared" in problem for problem in told)


@attrs.frozen
class Rate:
    """A format for tests."""

    hertz: int

    def __str__(self) -> str:
        return f"{self.hertz} Hz"


@attrs.frozen
class Convert(Actor):
    factor: int
    inlet = In[int]()
    outlet = Out[int]()

    async def run(self, ctx: Context) -> None:
        async for item in self.inlet:
            await self.outlet.send(item * self.factor)


@attrs.frozen
class Microphone(Actor):
    hertz: int
    audio = Out[int](format=lambda me: Rate(me.hertz))

    async def run(self, ctx: Context) -> None:
        await self.audio.send(1)


@attrs.frozen
class Listener(Actor):
    got: list[int] = attrs.field(factory=list[int])
    audio = In[int](format=(Rate(10), Rate(20)))

    async def run(self, ctx: Context) -> None:
        async for item in self.audio:
            self.got.append(item)


def chain(have: Rate, want: Rate) -> list[Actor]:
    if have.hertz > 100:
        return []
    return [Convert(have.hertz), Convert(want.hertz)]


def test_formats_that_do_not_meet_are_converted_and_shown() -> None:
    register_converter(Rate, chain)
    listener = Listener()
    graph = Graph(Microphone(5).audio >> listener.audio)
    assert list(graph.paths.values()) == ["microphone", "listener", "convert", "convert2"]
    assert "convert.outlet" not in graph.describe()
    assert "  .outlet >> convert2.inlet" in graph.describe()

    async def main() -> None:
        await graph.run()
        assert listener.got == [50]

    run(main)


def test_a_format_that_the_inlet_takes_is_left_alone() -> None:
    assert len(Graph(Microphone(20).audio >> Listener().audio).actors) == 2


def test_formats_that_nothing_converts_are_a_problem_that_names_both() -> None:
    register_converter(Rate, chain)
    assert problems(Graph(Microphone(500).audio >> Listener().audio)) == (
        "microphone.audio offers 500 Hz, listener.audio accepts 10 Hz or 20 Hz, and nothing "
        "converts the one into the other; put an actor between them that does.",
    )


def test_a_problem_of_a_graph_is_told_once_also_after_an_exchange() -> None:
    microphone, listener = Microphone(500), Listener()
    graph = Graph(microphone.audio >> listener.audio).replaced({microphone: Microphone(500)})
    assert len(problems(graph)) == 1


def test_links_have_the_defaults_of_their_kind_the_inlet_has_the_say() -> None:
    class Talker(Source):
        out = Out[object](kind=Kind.SPEECH)

    class Screen(Sink):
        inlet = In[object](kind=Kind.PICTURES)

    talker = Talker()
    plain, screen = talker.out >> Sink().inlet, talker.out >> Screen().inlet
    own = wire(talker.out, Screen().inlet, capacity=9, overflow=Overflow.ERROR)
    shown = [(w.effective_capacity, w.effective_overflow) for w in (plain, screen, own)]
    assert shown == [(3, Overflow.BLOCK), (1, Overflow.LATEST), (9, Overflow.ERROR)]
    assert (Kind.CONTROL.capacity, Kind.CONTROL.overflow) == (64, Overflow.ERROR)
    assert (Source().out >> Sink().inlet).effective_capacity == 16


def test_stand_ins_keep_wires_groups_and_paths() -> None:
    async def main() -> None:
        source, relay, sink = Source(), Relay().named("middle"), Sink()
        graph = Graph(
            source.out >> relay.inlet, relay.outlet >> sink.inlet, groups={"g": Group([relay])}
        )

        async def loud(me: Script, ctx: Context) -> None:
            async for item in me.inlet:
                await me.outlet.send(f"{item}!")

        other = graph.replacing(Relay, lambda _: Script(loud))
        assert list(other.paths.values()) == list(graph.paths.values())
        await other.run()
        assert sink.got == ["1!", "2!", "3!"]
        with pytest.raises(GraphError, match="relay is not in this graph"):
            graph.replaced({Relay(): Relay()})
        with pytest.raises(GraphError, match="Sink has no outlet 'outlet'"):
            graph.replaced({relay: Sink()})
        with pytest.raises(GraphError, match="Source has no inlet 'inlet'"):
            graph.replaced({sink: Source()})

    run(main)


def test_stand_ins_reach_inside_composites() -> None:
    head = Head()
    graph = Graph(Source().out >> head.incoming, head.outgoing >> Sink().inlet)
    first = next(actor for actor, path in graph.paths.items() if path == "head/ears/first")
    other = graph.replaced({first: Relay([2])})
    stand_in = next(actor for actor, path in other.paths.items() if path == "head/ears/first")
    assert stand_in.crash_at == {2}
    other.check()


def test_drawn_as_text_mermaid_and_svg() -> None:
    source, relay, sink = Source(), Relay(), Sink()
    graph = Graph(
        source.out >> relay.inlet,
        wire(relay.outlet, sink.inlet, max_age=0.5),
        wire(relay.outlet, relay.inlet, overflow=Overflow.LATEST),
        groups={"voice": Group([relay, sink])},
    )
    assert graph.describe() == (
        "source  (Source, transient)\n"
        "  .out >> voice/relay.inlet  [16, block]\n"
        "voice/relay  (Relay, transient)\n"
        "  .outlet >> voice/sink.inlet  [16, block, at most 0.5 s old]\n"
        "  .outlet >> voice/relay.inlet  [1, latest]\n"
        "voice/sink  (Sink, transient)\n"
        "voice: voice/relay, voice/sink  (one_for_one, at most 5 restarts in 10 s)\n"
    )
    assert graph.describe("mermaid").splitlines()[:5] == [
        "flowchart LR",
        '    a0["source"]',
        '    subgraph g1["voice"]',
        '        a1["relay"]',
        '        a2["sink"]',
    ]
    from xml.etree import ElementTree

    svg = ElementTree.fromstring(graph.describe("svg"))
    texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["source", "voice/relay", "voice/sink"]
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}path"))) == 1 + 3
    with pytest.raises(ValueError, match="text, mermaid or svg, not as 'png'"):
        graph.describe("png")  # type: ignore[arg-type]


def test_an_actor_without_run_says_so() -> None:
    class Empty(Actor):
        restart: ClassVar[Restart] = Restart.TEMPORARY

    async def main() -> None:
        with pytest.raises(NotImplementedError, match=r"Empty has no run\(\)"):
            await Empty().run(None)  # type: ignore[arg-type]
        with pytest.raises(NotImplementedError, match=r"Ears"):
            Composite.graph(Ears())

    run(main)


def test_statistics_are_plain_data() -> None:
    async def main() -> None:
        source, sink = Source(), Sink()
        graph = Graph(source.out >> sink.inlet)
        async with open_graph(graph) as running:
            await running.wait()
            data = json.loads(json.dumps(attrs.asdict(running.statistics())))
            assert running.describe() == graph.describe()
        assert data["actors"][0] == {"path": "source", "state": "stopped", "life": 1}
        assert data["links"][0]["source"] == "source.out"
        assert data["links"][0]["sent"] == data["links"][0]["received"] == 3
        assert data["threads"] == {"cpu": 0, "io": 0}

    run(main)


def test_a_stage_that_is_inserted_mends_ports_that_do_not_fit() -> None:
    @stage
    async def counted(inlet: Receive[str], outlet: Send[int]) -> None:
        async for text in inlet:
            await outlet.send(len(text))

    class Says(Actor):
        texts = Out[str]()

        async def run(self, ctx: Context) -> None:
            await self.texts.send("three")

    class Counts(Actor):
        got: ClassVar[list[int]] = []
        numbers = In[int]()

        async def run(self, ctx: Context) -> None:
            async for number in self.numbers:
                self.got.append(number)

    says, counts = Says(), Counts()
    graph = Graph(wire(cast("Any", says.texts), counts.numbers))
    assert len(problems(graph)) == 1
    run(graph.inserted("says.texts", counted()).run)
    assert counts.got == [5]


def test_an_exchange_is_judged_by_the_actor_that_comes_in() -> None:
    class Says(Actor):
        items = Out[str]()

        async def run(self, ctx: Context) -> None: ...

    class Numbers(Says):
        items = Out[int]()

    class Counts(Actor):
        items = In[int]()

        async def run(self, ctx: Context) -> None: ...

    says, counts = Says(), Counts()
    wrong = Graph(wire(cast("Any", says.items), counts.items))
    right = wrong.replaced({says: Numbers()})
    right.check()
    [new] = [actor for actor in right.actors if isinstance(actor, Numbers)]
    assert len(problems(right.replaced({new: Says()}))) == 1
