"""Turns, and the act of ending one."""

import attrs
import trio
from stage_set import Relay, Script, Sink, Speech, run

from runtime import (
    Actor,
    ActorCrashed,
    Context,
    Event,
    Graph,
    In,
    Out,
    Overflow,
    SpeechPaused,
    SpeechRole,
    TurnBegan,
    TurnEnded,
    TurnInterrupted,
    TurnStarted,
    open_graph,
    wire,
)


@attrs.frozen
class Voice(Actor):
    """Speaks a hundred items of each turn that it is given."""

    turns: tuple[int, ...] = (1,)
    audio = Out[Speech](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        for turn in self.turns:
            with ctx.turn_scope(turn):
                self.audio.mark(TurnStarted(turn))
                for number in range(100):
                    await self.audio.send(Speech(number, turn))
                self.audio.mark(TurnEnded(turn))
        await trio.sleep_forever()


@attrs.frozen
class Player(Actor):
    """Plays an item in 20 ms; what it reports is not speech."""

    played: list[Speech] = attrs.field(factory=list[Speech])
    audio = In[Speech]()
    reports = Out[Speech](speech=SpeechRole.ENDS)

    async def run(self, ctx: Context) -> None:
        async for item in self.audio:
            self.played.append(item)
            await self.reports.send(item)
            await trio.sleep(0.02)


def test_nothing_of_an_interrupted_turn_is_played_after_the_call_returns() -> None:
    async def main() -> None:
        voice, relay, player, sink = Voice((1, 2)), Relay(), Player(), Sink()
        events: list[Event] = []
        async with open_graph(
            Graph(
                wire(voice.audio, relay.inlet, capacity=50),
                wire(relay.outlet, player.audio, capacity=50),
                player.reports >> sink.inlet,
            ),
            observe=events.append,
        ) as running:
            await trio.sleep(0.31)
            heard = list(player.played)
            running.interrupt(1)
            queued = [link.depth for link in running.statistics().links]
            # What is left is the first of turn 2.
            assert queued == [18, 0, 0]
            running.interrupt(1)
            await trio.sleep(0.1)
            assert [item.turn for item in heard] == [1] * 16
            assert [item for item in player.played if item.turn == 1] == heard
            assert player.played[16] == Speech(0, 2)
            assert running.statistics().floor == 2
            # Reports of what was played are not speech: all of them arrived.
            assert sink.got[:16] == heard
        [interrupted] = [event for event in events if isinstance(event, TurnInterrupted)]
        assert (interrupted.turn, interrupted.dropped) == (1, 84)

    run(main)


def test_a_turn_scope_ends_with_its_turn_and_not_with_an_older_one() -> None:
    async def main() -> None:
        ended: list[tuple[int, float]] = []

        async def live(me: Script, ctx: Context) -> None:
            async def think(turn: int) -> None:
                with ctx.turn_scope(turn):
                    await trio.sleep_forever()
                ended.append((turn, ctx.now()))

            async with trio.open_nursery() as nursery:
                for _ in range(3):
                    nursery.start_soon(think, ctx.new_turn())
                await trio.sleep(1)
                ctx.interrupt(2)
                assert ctx.floor == 3
                await trio.sleep(1)
                nursery.start_soon(think, 1)
                await trio.sleep(1)
                nursery.cancel_scope.cancel()

        actor = Script(live)
        events: list[Event] = []
        with trio.move_on_after(5):
            async with open_graph(
                Graph(actor.outlet >> Sink().inlet), observe=events.append
            ) as running:
                await running.wait()
        assert sorted(ended) == [(1, 1.0), (1, 2.0), (2, 1.0)]
        assert [event.turn for event in events if isinstance(event, TurnBegan)] == [1, 2, 3]

    run(main)


def test_who_holds_more_than_its_links_is_told_until_its_life_ends() -> None:
    async def main() -> None:
        told: list[tuple[object, ...]] = []

        async def live(me: Script, ctx: Context) -> None:
            ctx.on_interrupt(lambda turn: told.append((ctx.life, turn)))
            ctx.on_pause(lambda turn, paused: told.append((ctx.life, turn, paused)))
            await trio.sleep_forever()

        async def speak(me: Script, ctx: Context) -> None:
            await trio.sleep(1)
            ctx.pause_speech(5)
            ctx.pause_speech(5)
            ctx.resume_speech(5)
            ctx.interrupt(5)
            ctx.pause_speech(5)
            running.kill("script")
            await trio.sleep(1)
            ctx.interrupt(6)

        actor, other = Script(live), Script(speak).named("other")
        events: list[Event] = []
        async with open_graph(
            Graph(actor.outlet >> Sink().inlet, other.outlet >> Sink().inlet),
            observe=events.append,
        ) as running:
            await trio.sleep(3)
        assert told == [(1, 5, True), (1, 5, False), (1, 5), (2, 6)]
        assert [e.paused for e in events if isinstance(e, SpeechPaused)] == [True, False]

    run(main)


def test_a_listener_that_raises_crashes_its_own_actor() -> None:
    async def main() -> None:
        def fail(turn: int) -> None:
            raise ZeroDivisionError

        async def live(me: Script, ctx: Context) -> None:
            ctx.on_interrupt(fail)
            await trio.sleep_forever()

        events: list[Event] = []
        async with open_graph(
            Graph(Script(live).outlet >> Sink().inlet), observe=events.append
        ) as running:
            await trio.sleep(1)
            running.interrupt(1)
            await trio.sleep(1)
        [crash] = [event for event in events if isinstance(event, ActorCrashed)]
        assert (crash.path, crash.report.error) == ("script", "ZeroDivisionError")

    run(main)


def test_the_walk_over_a_branch_of_ten_links_is_one_step() -> None:
    async def main() -> None:
        voice, player = Voice(), Player()
        relays = [Relay().named(f"r{n}") for n in range(9)]
        chain = [voice.audio, *(r.outlet for r in relays)]
        ahead = [*(r.inlet for r in relays), player.audio]
        graph = Graph(*(a >> b for a, b in zip(chain, ahead, strict=True)))
        async with open_graph(graph) as running:
            await trio.sleep(0.5)
            assert sum(link.depth for link in running.statistics().links) > 60
            running.interrupt(1)
            assert sum(link.depth for link in running.statistics().links) == 0
            assert {link.floor for link in running.statistics().links} == {2}

    run(main)


def test_marks_pass_stages_that_do_not_ask_in_order_and_go_round_a_cycle_once() -> None:
    async def main() -> None:
        marks: list[object] = []

        async def begin(me: Script, ctx: Context) -> None:
            me.outlet.mark(TurnStarted(1))
            await me.outlet.send("word")
            me.outlet.mark(TurnEnded(1))

        async def listen(me: Script, ctx: Context) -> None:
            async for item in me.inlet.with_marks():
                marks.append(item)

        async def swallow(me: Script, ctx: Context) -> None:
            async for _ in me.inlet:
                pass

        a, b = Relay().named("a"), Script(swallow).named("b")
        first, last = Script(begin).named("first"), Script(listen).named("last")
        graph = Graph(
            first.outlet >> a.inlet,
            a.outlet >> b.inlet,
            wire(b.outlet, a.inlet, overflow=Overflow.DROP_OLDEST),
            b.outlet >> last.inlet,
        )
        async with open_graph(graph):
            await trio.sleep(1)
        assert marks == [TurnStarted(1), TurnEnded(1)]

    run(main)


def test_a_raised_floor_stays_for_turns_that_begin_later() -> None:
    async def main() -> None:
        async def live(me: Script, ctx: Context) -> None:
            ctx.interrupt(7)
            assert ctx.new_turn() == 8

        await Graph(Script(live).outlet >> Sink().inlet).run()

    run(main)
