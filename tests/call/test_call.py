"""`Call` as an actor: two agents in a real room, over the fake engine, in virtual time."""

import contextlib
import itertools

import attrs
import numpy as np
import pytest
import trio
from call_stage import RATE, Notes, Says, on_stage, playing, speak, tone

from actors.errors import RefusedError
from actors.messages import ParticipantEvent, State
from media import AudioFrame
from runtime import Actor, Out, RestartsExhausted

FRAME = 320


def hertz_of(samples):
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return spectrum.argmax() * RATE / len(samples)


def heard_by(notes, source=True):
    """All audio that was noted, of somebody (or of nobody), in one piece."""
    frames = [item for _, item in notes if (item.source is not None) == source]
    return np.concatenate([frame.samples for frame in frames])


def loud(notes, level=500):
    """The times of the frames in which something is heard."""
    return [at for at, item in notes if np.abs(item.samples).max() > level]


def test_what_one_says_the_other_hears_one_frame_a_tick():
    async def body(stage):
        async def script(actor, ctx):
            await speak(actor, 1, 2.0)
            await trio.sleep_forever()

        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        async with (
            playing(bob.voices >> notes.inlet),
            playing(Says(script).audio >> alice.microphone),
        ):
            await trio.sleep(4.0)
        samples = heard_by(notes.kept)
        assert {len(item.samples) for _, item in notes.kept} == {FRAME}
        stamps = [item.pts for _, item in notes.kept]
        assert {b - a for a, b in itertools.pairwise(stamps)} == {FRAME}
        spoken = loud(notes.kept)
        assert spoken[-1] - spoken[0] == pytest.approx(2.0, abs=0.05)
        begin = int(np.argmax(np.abs(samples[:, 0]) > 500))
        assert hertz_of(samples[begin + RATE // 4 : begin + RATE]) == pytest.approx(440, abs=3)

    on_stage(body)


def test_alone_there_is_one_silent_frame_a_tick_without_a_source():
    async def body(stage):
        notes = Notes([])
        async with playing(stage.call("Alone").audio >> notes.inlet):
            await trio.sleep(1.0)
        assert 45 <= len(notes.kept) <= 51
        assert not any(item.samples.any() or item.source for _, item in notes.kept)

    on_stage(body)


def test_everybody_has_a_voice_of_their_own_and_all_are_mixed():
    async def body(stage):
        def saying(hertz):
            async def script(actor, ctx):
                await speak(actor, 1, 3.0, hertz)
                await trio.sleep_forever()

            return Says(script)

        voices, mixed = Notes([]), Notes([])
        listener = stage.call("Listener")
        async with (
            playing(listener.voices >> voices.inlet, listener.audio >> mixed.inlet),
            playing(saying(400).audio >> stage.call("Low").microphone),
            playing(saying(1000).audio >> stage.call("High").microphone),
        ):
            await trio.sleep(3.0)
        by_source = {}
        for at, item in voices.kept:
            if at > 1.0 and item.source:
                by_source.setdefault(item.source, []).append(item.samples)
        found = sorted(round(hertz_of(np.concatenate(each)), -2) for each in by_source.values())
        assert found == [400, 1000]
        both = np.concatenate([item.samples for at, item in mixed.kept if at > 1.0])
        spectrum = np.abs(np.fft.rfft(both[:RATE, 0]))
        assert spectrum[400] > 100 * spectrum[700]
        assert spectrum[1000] > 100 * spectrum[700]

    on_stage(body)


def test_who_comes_and_goes_is_told_in_order():
    async def body(stage):
        news = Notes([])
        async with playing(stage.call("Here").participants >> news.inlet):
            async with playing(stage.call("Guest").audio >> Notes([]).inlet):
                await trio.sleep(1.0)
            await trio.sleep(0.5)
        told = [(item.kind, item.participant.name) for _, item in news.kept]
        assert told[0] == ("joined", "Guest")
        assert told[-1] == ("left", "Guest")
        assert ("connected", "Guest") in told
        assert all(isinstance(item, ParticipantEvent) for _, item in news.kept)

    on_stage(body)


def test_played_counts_what_was_sent_and_ends_with_the_turn():
    async def body(stage):
        async def script(actor, ctx):
            await speak(actor, 4, 1.0)
            await trio.sleep_forever()

        reports = Notes([])
        says, alice = Says(script), stage.call("Alice")
        async with (
            playing(stage.call("Bob").audio >> Notes([]).inlet),
            playing(says.audio >> alice.microphone, alice.played >> reports.inlet),
        ):
            await trio.sleep(3.0)
        played = [item for _, item in reports.kept]
        assert {item.turn for item in played} == {4}
        assert [item.samples for item in played] == sorted(item.samples for item in played)
        assert (played[-1].samples, played[-1].final) == (48_000, True)

    on_stage(body)


def test_an_interrupted_turn_falls_silent_at_once_and_tells_how_far_it_came():
    async def body(stage):
        async def script(actor, ctx):
            with ctx.turn_scope(1):
                await speak(actor, 1, 30.0)
            await trio.sleep_forever()

        notes, reports = Notes([]), Notes([])
        says, alice = Says(script), stage.call("Alice")
        async with (
            playing(stage.call("Bob").voices >> notes.inlet),
            playing(says.audio >> alice.microphone, alice.played >> reports.inlet) as running,
        ):
            await trio.sleep(2.0)
            interrupted = trio.current_time()
            running.interrupt(1)
            await trio.sleep(1.0)
        assert (
            loud(notes.kept)[-1] <= interrupted + 0.08
        )  # what was on its way, and the codec's tail
        last = reports.kept[-1][1]
        assert last.final
        assert last.seconds == pytest.approx(loud(notes.kept)[-1] - loud(notes.kept)[0], abs=0.06)

    on_stage(body)


@attrs.frozen(eq=False)
class TellsItThinks(Actor):
    states = Out[State]()

    async def run(self, ctx):
        await self.states.send(State("thinking"))
        await trio.sleep_forever()


def test_messages_and_events_reach_the_others():
    async def body(stage):
        news = Notes([])
        alice, bob = stage.call("Alice", agent=True), stage.call("Bob")
        async with (
            playing(bob.messages >> news.inlet),
            playing(TellsItThinks().states >> alice.events),
        ):
            await trio.sleep(0.5)
            seat = stage.room.rooms.meetings["lobby"].seats
            assert [s.last_state is not None for s in seat.values()] == [False, True]

    on_stage(body)


def test_a_refused_call_ends_with_the_rooms_reason():
    async def body(stage):
        async with contextlib.AsyncExitStack() as seats:
            for number in range(6):
                listening = playing(stage.call(f"Number {number}").audio >> Notes([]).inlet)
                await seats.enter_async_context(listening)
            with pytest.raises(RestartsExhausted) as told:
                async with playing(stage.call("Late").audio >> Notes([]).inlet) as running:
                    await running.wait()
            assert isinstance(told.value.__cause__, RefusedError)
            assert told.value.__cause__.code == "room_full"

    on_stage(body)


def test_live_audio_is_heard_with_the_delay_of_one_frame_and_the_codec():
    """No queue between two calls adds anything: an impulse is heard within three ticks."""

    async def body(stage):
        said = []

        async def script(actor, ctx):
            await trio.sleep(1.5)
            for number in range(50):
                loudly = number == 25
                samples = tone(500, 0.02) if loudly else np.zeros((FRAME, 1), np.int16)
                if loudly:
                    said.append(trio.current_time())
                await actor.audio.send(AudioFrame(samples, RATE))
                await trio.sleep(0.02)
            await trio.sleep_forever()

        notes = Notes([])
        async with (
            playing(stage.call("Bob").voices >> notes.inlet),
            playing(Says(script).audio >> stage.call("Alice").microphone),
        ):
            await trio.sleep(4.0)
        assert loud(notes.kept)[0] - said[0] <= 0.065

    on_stage(body)
