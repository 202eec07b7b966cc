"""Tee, merge, many, stages, replay, what is kept, threads, children, pace."""

import random
import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NewType, Protocol

import attrs
import pytest
import trio
from stage_set import Relay, Script, Sink, Source, Speech, run

from runtime import (
    Actor,
    ActorCrashed,
    Backoff,
    Context,
    Event,
    Graph,
    GraphError,
    In,
    Kept,
    Out,
    Pacer,
    Receive,
    Replay,
    Restart,
    RestartsExhausted,
    Send,
    SpeechRole,
    TurnEnded,
    TurnStarted,
    Work,
    errors,
    open_graph,
    stage,
    wire,
)


def test_several_wires_from_an_outlet_give_each_every_item() -> None:
    async def main() -> None:
        source, one, two = Source(range(50)), Sink(takes=0.1), Sink()
        await Graph(wire(source.out, one.inlet, capacity=1), source.out >> two.inlet).run()
        assert one.got == two.got == list(range(50))

    run(main)


def test_send_nowait_to_several_links_sends_to_all_or_none() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            me.outlet.send_nowait(1)
            with pytest.raises(trio.WouldBlock):
                me.outlet.send_nowait(2)
            await me.outlet.send(3)

        async def slowly(me: Script, ctx: Context) -> None:
            await trio.sleep(1)
            async for item in me.inlet:
                got.append(item)

        got: list[object] = []
        actor, slow, quick = Script(live), Script(slowly).named("slow"), Sink()
        await Graph(wire(actor.outlet, slow.inlet, capacity=1), actor.outlet >> quick.inlet).run()
        assert got == quick.got == [1, 3]

    run(main)


def test_a_merge_ends_after_its_last_source_and_is_fair() -> None:
    async def main() -> None:
        a, b, sink = Source(["a"] * 20), Source(["b"] * 20), Sink(takes=0.01)
        await Graph(
            wire(a.out, sink.inlet, capacity=40), wire(b.out, sink.inlet, capacity=40)
        ).run()
        assert len(sink.got) == 40
        assert abs(sink.got[:20].count("a") - 10) <= 1

    run(main)


@attrs.frozen
class Mixer(Actor):
    """Gets one item from each source."""

    got: dict[str, list[object]] = attrs.field(factory=dict[str, list[object]])
    voices = In[object](many=True)

    async def run(self, ctx: Context) -> None:
        assert self.voices
        assert self.voices.wired
        assert len(self.voices) == len(self.voices.statistics())
        for source, voice in self.voices.items():
            self.got[source] = [item async for item in voice]
            voice.done()
        self.voices.done()
        assert self.voices == self.voices
        assert hash(self.voices)
        with pytest.raises(errors.NotRunningError, match=r"receive from each of\s+self\.voices"):
            await self.voices.receive()


def test_many_keeps_its_sources_apart() -> None:
    async def main() -> None:
        a, b, mixer = Source([1, 2]), Source([3]), Mixer()
        assert mixer.voices == mixer.voices
        with pytest.raises(errors.NotRunningError):
            len(mixer.voices)
        with pytest.raises(errors.NotRunningError):
            iter(mixer.voices)
        with pytest.raises(errors.NotRunningError):
            _ = mixer.voices["a"]
        async with open_graph(
            Graph(a.out >> mixer.voices, b.out >> mixer.voices, b.out >> mixer.voices)
        ) as running:
            await running.wait()
        assert mixer.got == {"source.out": [1, 2], "source2.out": [3], "source2.out2": [3]}

    run(main)


def test_an_outlet_without_wires_discards_and_an_optional_inlet_ends_at_once() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            assert not me.outlet.wired
            assert not me.inlet.wired
            await me.outlet.send(1)
            me.outlet.send_nowait(2)
            assert [item async for item in me.inlet] == []
            with pytest.raises(trio.EndOfChannel):
                me.inlet.receive_nowait()
            lived.append(ctx.path)

        lived: list[str] = []
        from runtime import Group

        await Graph(groups={"g": Group([Script(live)])}).run()
        assert lived == ["g/script"]

    run(main)


@stage
async def gain(inlet: Receive[int], outlet: Send[int], *, by: int = 2) -> None:
    async for item in inlet:
        await outlet.send(item * by)


@stage
async def signed(inlet: Receive[int], outlet: Send[str], ctx: Context) -> None:
    async for item in inlet:
        await outlet.send(f"{ctx.path}: {item}")


def test_stages_are_made_from_functions_and_chained() -> None:
    async def main() -> None:
        source, sink = Source([1, 2]), Sink()
        await Graph(source.out >> gain(by=3) >> gain() >> signed() >> sink.inlet).run()  # type: ignore[operator]
        assert sink.got == ["signed: 6", "signed: 12"]
        other, first = Sink(), gain(by=5)
        await Graph(source.out >> first, first >> gain(by=1) >> other.inlet).run()  # type: ignore[operator]
        assert other.got == [5, 10]
        assert (gain(by=3) >> sink.inlet).target is sink.inlet

    run(main)


def test_a_stage_takes_only_its_own_settings() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'to'"):
        gain(to=3)  # type: ignore[call-arg]
    with pytest.raises(GraphError, match="takes 1 parameters by position"):

        @stage
        async def short(inlet: Receive[int]) -> None: ...


@attrs.frozen
class Ear(Actor):
    """Hears a turn; its first life dies in the middle of the second."""

    heard: list[tuple[int, object]] = attrs.field(factory=list[tuple[int, object]])
    settles: bool = False
    speech = In[Speech](replay=Replay.TURN, capacity=100)
    count = Kept[list[int]](list)

    async def run(self, ctx: Context) -> None:
        async for item in self.speech.with_marks():
            self.heard.append((ctx.life, item))
            if isinstance(item, TurnEnded) and self.settles:
                self.speech.done()
            if item == Speech(2, 2) and ctx.life == 1:
                raise ValueError
        self.count.append(ctx.life)
        self.heard.append((ctx.life, tuple(self.count)))


def test_the_next_life_hears_the_current_turn_from_its_beginning() -> None:
    async def main() -> None:
        async def talk(me: Script, ctx: Context) -> None:
            for turn in (1, 2):
                me.outlet.mark(TurnStarted(turn))
                for number in range(4):
                    await me.outlet.send(Speech(number, turn))
                me.outlet.mark(TurnEnded(turn))

        ear = Ear()
        await Graph(Script(talk).outlet >> ear.speech).run()
        second = [item for life, item in ear.heard if life == 2]
        assert second == [
            TurnStarted(2),
            *(Speech(number, 2) for number in range(4)),
            TurnEnded(2),
            (2,),
        ]

    run(main)


def test_a_turn_that_was_dealt_with_or_interrupted_is_not_heard_again() -> None:
    async def main() -> None:
        async def talk(me: Script, ctx: Context) -> None:
            me.outlet.mark(TurnStarted(1))
            await me.outlet.send(Speech(1, 1))
            me.outlet.mark(TurnEnded(1))
            await trio.sleep_forever()

        class Voice(Script):
            outlet = Out[object](speech=SpeechRole.BEGINS)

        for settles, floor, again in ((True, 0, 0), (False, 2, 0), (False, 0, 3)):
            ear = Ear(settles=settles)
            async with open_graph(Graph(Voice(talk).outlet >> ear.speech)) as running:
                await trio.sleep(1)
                running.interrupt(floor)
                running.kill("ear")
                await trio.sleep(1)
            assert len([item for life, item in ear.heard if life == 2]) - 1 == again

    run(main)


def test_at_most_30_s_of_a_turn_are_kept() -> None:
    async def main() -> None:
        ear = Ear()
        source = Source([Speech(n + 10, 1) for n in range(50)], every=1.0)
        async with open_graph(Graph(source.out >> ear.speech)) as running:
            await trio.sleep(40.5)
            running.kill("ear")
            await trio.sleep(0.1)
        replayed = [item.number for life, item in ear.heard if life == 2 and item != (2,)]
        assert replayed == list(range(20, 50))

    run(main)


def test_what_is_kept_exists_only_in_a_life() -> None:
    with pytest.raises(errors.NotRunningError, match=r"ear\.count is kept for a run"):
        _ = Ear().count
    assert isinstance(Ear.count, Kept)
    assert isinstance(Ear.speech, In)
    assert isinstance(Source.out, Out)


def test_the_same_seed_gives_the_same_numbers_to_each_life() -> None:
    async def numbers(seed: int | None) -> list[float]:
        async def live(me: Script, ctx: Context) -> None:
            drawn.append(ctx.random.random())
            if ctx.life == 1:
                raise ValueError

        drawn: list[float] = []
        async with open_graph(Graph(Script(live).outlet >> Sink().inlet), seed=seed) as running:
            await running.wait()
        return drawn

    async def main() -> None:
        first, again, other = await numbers(1), await numbers(1), await numbers(2)
        assert first == again
        assert len(set(first) | set(other) | set(await numbers(None))) == 6

    run(main)


def test_blocking_work_runs_in_threads_and_takes_a_slot_of_its_kind() -> None:
    async def main() -> None:
        release = threading.Event()

        async def live(me: Script, ctx: Context) -> None:
            assert await ctx.in_thread(threading.get_ident) != threading.get_ident()
            with trio.move_on_after(0.05):
                await ctx.in_thread(release.wait, work=Work.IO)
            # Abandoned, and counted until it ends.
            assert running.statistics().threads["io"] == 1
            release.set()
            while running.statistics().threads["io"]:  # noqa: ASYNC110 (a thread sets no event)
                await trio.sleep(0.001)
            done.append(True)

        done: list[bool] = []
        async with open_graph(Graph(Script(live).outlet >> Sink().inlet)) as running:
            await running.wait()
        assert done

    trio.run(main)


def test_a_lab_runs_the_blocking_work_itself() -> None:
    async def main() -> None:
        async def in_thread(function, *args):  # type: ignore[no-untyped-def]
            return function(*args) * 2

        async def live(me: Script, ctx: Context) -> None:
            got.append(await ctx.in_thread(int, "21"))

        got: list[int] = []
        graph = Graph(Script(live).outlet >> Sink().inlet)
        async with open_graph(graph, in_thread=in_thread) as running:
            await running.wait()
        assert got == [42]

    run(main)


def test_clean_up_may_take_its_time_although_the_life_is_over() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            try:
                await trio.sleep_forever()
            finally:
                with ctx.cleanup(0.5) as scope:
                    await trio.sleep(0.2)
                    done.append(ctx.now())
                    await trio.sleep(9)
                done.append(scope.cancelled_caught)

        done: list[object] = []
        async with open_graph(Graph(Script(live).outlet >> Sink().inlet)):
            await trio.sleep(1)
        assert done == [1.2, True]

    run(main)


def test_children_come_and_go_and_are_supervised() -> None:
    async def main() -> None:
        begun: list[tuple[str, float]] = []

        async def live(me: Script, ctx: Context) -> None:
            async def peer(name: str, lives: float) -> None:
                begun.append((name, ctx.now()))
                await trio.sleep(lives)
                raise ConnectionError

            async with ctx.children() as children:
                ann = children.start("ann", lambda: peer("ann", 1.0))
                bob = children.start(
                    "bob", lambda: peer("bob", 0.5), restart=Restart.TEMPORARY, backoff=Backoff()
                )
                await trio.sleep(1.5)
                await children.stop(ann)
                await trio.sleep(2)
                assert (ann.state, bob.state) == ("stopped", "stopped")

        events: list[Event] = []
        async with open_graph(
            Graph(Script(live).outlet >> Sink().inlet), observe=events.append
        ) as running:
            await running.wait()
        assert sorted(begun) == [("ann", 0.0), ("ann", 1.0), ("bob", 0.0)]
        crashes = [(e.path, e.report.error) for e in events if isinstance(e, ActorCrashed)]
        assert crashes == [("script/bob", "ConnectionError"), ("script/ann", "ConnectionError")]

    run(main)


def test_a_child_beyond_its_budget_is_an_error_of_its_actor() -> None:
    class Parent(Script):
        max_restarts: ClassVar[int] = 0
        essential: ClassVar[bool] = True

    async def main() -> None:
        async def fails() -> None:
            raise ConnectionError

        async def live(me: Script, ctx: Context) -> None:
            async with ctx.children(max_restarts=1) as children:
                children.start("ann", fails)
                await trio.sleep_forever()

        with pytest.raises(RestartsExhausted) as info:
            await Graph(Parent(live).outlet >> Sink().inlet).run()
        causes = [
            type(info.value),
            type(info.value.__cause__),
            type(info.value.__cause__.__cause__),
        ]
        assert causes == [RestartsExhausted, RestartsExhausted, ConnectionError]

    run(main)


def test_a_pacer_makes_up_for_lateness_and_counts_what_it_left_out() -> None:
    async def main() -> None:
        pacer = Pacer(0.02)
        rng = random.Random(1)
        for beat in range(1, 501):
            assert await pacer.wait() == 0
            assert trio.current_time() == pytest.approx(beat * 0.02)
            await trio.sleep(rng.uniform(0, 0.019))
        assert pacer.due == pytest.approx(10.0)
        await trio.sleep_until(10.5)
        assert await pacer.wait() == 24
        assert (pacer.slipped, trio.current_time()) == (24, 10.5)
        await pacer.wait()
        assert trio.current_time() == pytest.approx(10.52)
        with pytest.raises(ValueError, match="more than 0"):
            Pacer(0)

    run(main)


@pytest.mark.real
def test_a_pacer_drifts_less_than_a_millisecond_in_real_time() -> None:
    async def main() -> float:
        pacer = Pacer(0.01)
        began = trio.current_time()
        for _ in range(50):
            await pacer.wait()
            time.sleep(0.001)  # noqa: ASYNC251 (the lateness itself)
        return pacer.due - began - 0.01 * (50 + pacer.slipped)

    # The schedule, not the wake-ups: what adds up is nothing, however late each one was.
    assert abs(trio.run(main)) < 0.011


def test_an_actor_with_an_unbounded_input_starves_nobody() -> None:
    async def main() -> None:
        gaps: list[int] = []
        passed = 0

        async def eats(me: Script, ctx: Context) -> None:
            nonlocal passed
            async for _ in me.inlet:
                passed += 1

        async def neighbour(me: Script, ctx: Context) -> None:
            last = passed
            while passed < 1900:
                await trio.lowlevel.checkpoint()
                gaps.append(passed - last)
                last = passed

        source, eater = Source(range(2000)), Script(eats)
        other = Script(neighbour).named("neighbour")
        await Graph(
            wire(source.out, eater.inlet, capacity=2000), other.outlet >> Sink().inlet
        ).run()
        assert max(gaps) <= 128
        assert Relay().name == "relay"

    run(main)


class Shape: ...


class Square(Shape): ...


class Sound: ...


class Drawable(Protocol):
    def draw(self) -> None: ...


Key = NewType("Key", str)


@attrs.frozen
class Sends(Actor):
    shapes = Out[Shape]()
    squares = Out[Square]()
    either = Out[Shape | Sound]()
    maybe = Out[Shape | None]()
    numbers = Out[int]()
    lists = Out[list[int]]()
    named = Out["Shape"]()
    unknown = Out["OnlyForCheckers"]()  # pyright: ignore[reportUndefinedVariable]
    anything = Out[Any]()
    one = Out[Literal["a"]]()
    tagged = Out[Annotated[Shape, "a note"]]()
    keys = Out[Key]()

    async def run(self, ctx: Context) -> None: ...


@attrs.frozen
class Takes(Actor):
    shapes = In[Shape](optional=True)
    squares = In[Square](optional=True)
    sounds = In[Sound](optional=True, many=True)
    either = In[Shape | Sound](optional=True)
    floats = In[float](optional=True)
    texts = In[list[str]](optional=True)
    objects = In[object](optional=True)
    letters = In[Literal["a", "b"]](optional=True)
    others = In[Literal["c"]](optional=True)
    words = In[str](optional=True)
    keys = In[Key](optional=True)
    drawable = In[Drawable](optional=True)

    async def run(self, ctx: Context) -> None: ...


@stage
async def relay_of_sounds(inlet: Receive[Sound], outlet: Send[Sound]) -> None: ...


def fitting_problem(source: Any, target: Any) -> str:
    try:
        Graph(source >> target).check()
    except GraphError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("outlet", "inlet"),
    [
        *(("shapes", "squares"), ("shapes", "sounds"), ("either", "shapes"), ("maybe", "shapes")),
        *(("numbers", "shapes"), ("lists", "texts"), ("named", "sounds")),
        *(("one", "others"), ("one", "shapes"), ("numbers", "letters"), ("numbers", "keys")),
        *(("tagged", "sounds"), ("keys", "shapes")),
    ],
)
def test_a_wire_between_types_that_do_not_fit_is_told_when_the_graph_is_built(
    outlet: str, inlet: str
) -> None:
    said = fitting_problem(getattr(Sends(), outlet), getattr(Takes(), inlet))
    assert said.startswith(f"sends.{outlet} sends ")
    assert f"and takes.{inlet} takes " in said


@pytest.mark.parametrize(
    ("outlet", "inlet"),
    [
        *(("squares", "shapes"), ("shapes", "either"), ("numbers", "floats"), ("either", "either")),
        *(("shapes", "objects"), ("named", "shapes"), ("unknown", "sounds"), ("anything", "texts")),
        *(("one", "letters"), ("one", "words"), ("tagged", "shapes"), ("keys", "keys")),
        *(("keys", "words"), ("shapes", "drawable")),
    ],
)
def test_a_wire_between_types_that_fit_or_are_not_known_is_taken(outlet: str, inlet: str) -> None:
    assert fitting_problem(getattr(Sends(), outlet), getattr(Takes(), inlet)) == ""


def test_the_annotations_of_a_stage_are_its_ports_types() -> None:
    assert fitting_problem(Sends().shapes, relay_of_sounds()) == (
        "sends.shapes sends Shape, and relay_of_sounds.inlet takes Sound; put a stage between "
        "them that makes the one of the other, or wire another port."
    )


def test_a_port_is_found_under_its_former_name_with_a_warning() -> None:
    class Renamed(Actor):
        renamed: ClassVar[Mapping[str, str]] = {"before": "now"}
        now = In[int]()

        async def run(self, ctx: Context) -> None: ...

    actor = Renamed()
    with pytest.warns(DeprecationWarning, match=r"^Renamed\.before is now called now$"):
        port = getattr(actor, "before")  # noqa: B009 (checkers know no such name)
    assert port is actor.now


def test_children_that_are_cancelled_as_they_begin_leave_nothing_open() -> None:
    @stage
    async def hasty(inlet: Receive[int], outlet: Send[int], ctx: Context) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            async with ctx.children() as children:
                children.start("one", trio.sleep_forever)
                await trio.sleep_forever()
        await outlet.send(1)

    async def main() -> None:
        sink, here = Sink(), hasty()
        async with open_graph(Graph(here.outlet >> sink.inlet, Source(()).out >> here.inlet)) as it:
            await it.wait()
        assert sink.got == [1]

    run(main)


def test_the_former_way_to_say_where_speech_begins_still_holds_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match=r"^spoken=True is now said speech="):
        said: Out[int] = Out(spoken=True)
    assert said.options.speech is SpeechRole.BEGINS
