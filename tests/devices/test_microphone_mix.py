"""Several sources wired to one call's microphone are mixed."""

import numpy as np
import pytest
import trio
from call_stage import RATE, Notes, Says, on_stage, playing, speak, tone

from actors.devices import Microphone
from media import AudioFrame
from runtime import Graph, open_graph


def strength(samples: np.ndarray, hertz: int) -> float:
    """The amplitude of one frequency."""
    line = samples[:, 0].astype(float)
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(line)) / RATE)
    return 2 * abs(np.dot(line, turns)) / len(line)


def after(notes: list, at: float, seconds: float) -> np.ndarray:
    frames = [item.samples for when, item in notes if when >= at]
    return np.concatenate(frames)[: round(seconds * RATE)]


def live(hertz: int, seconds: float, rate: int = RATE, channels: int = 1) -> Says:
    """A source with a clock of its own."""

    async def script(actor, ctx) -> None:
        samples = np.repeat(tone(hertz, seconds, rate), channels, axis=1)
        start = trio.current_time()
        for number, begin in enumerate(range(0, len(samples), rate // 50)):
            await trio.sleep_until(start + 0.02 * number)
            await actor.audio.send(AudioFrame(samples[begin : begin + rate // 50], rate))
        await trio.sleep_forever()

    return Says(script)


def speech(turn: int, hertz: int, seconds: float) -> Says:
    async def script(actor, ctx) -> None:
        await speak(actor, turn, seconds, hertz)
        await trio.sleep_forever()

    return Says(script)


@pytest.mark.parametrize(
    "sources",
    [
        (lambda: live(400, 4), lambda: live(1000, 4, 48_000, 2)),
        (lambda: speech(1, 400, 4), lambda: live(1000, 4, 24_000)),
        (lambda: speech(1, 400, 4), lambda: speech(1, 1000, 4)),
    ],
    ids=["live", "speech and live", "speech"],
)
def test_all_sources_are_heard_at_their_level_and_pitch(sources) -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        first, second = (make() for make in sources)
        async with (
            playing(bob.voices >> notes.inlet),
            playing(first.audio >> alice.microphone, second.audio >> alice.microphone),
        ):
            await trio.sleep(3.5)
        heard = after(notes.kept, 2.0, 1.0)
        assert strength(heard, 400) > 6500
        assert strength(heard, 1000) > 6500
        assert strength(heard, 700) < 150

    on_stage(body)


def test_what_was_played_of_a_turn_is_told_to_its_end() -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        reports = Notes([])
        async with (
            playing(bob.voices >> Notes([]).inlet),
            playing(
                speech(1, 400, 1).audio >> alice.microphone,
                live(1000, 9).audio >> alice.microphone,
                alice.played >> reports.inlet,
            ),
        ):
            await trio.sleep(5)
        last = reports.kept[-1][1]
        assert last.final
        assert last.seconds == pytest.approx(1.0, abs=0.021)

    on_stage(body)


def test_an_interruption_ends_the_speech_at_once_and_the_rest_goes_on() -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        async with (
            playing(bob.voices >> notes.inlet),
            playing(
                speech(1, 400, 30).audio >> alice.microphone,
                live(1000, 30).audio >> alice.microphone,
            ) as running,
        ):
            await trio.sleep(4)
            interrupted = trio.current_time()
            running.interrupt(1)
            await trio.sleep(1.5)
        heard = after(notes.kept, interrupted + 0.1, 1.0)
        assert strength(heard, 400) < 100
        assert strength(heard, 1000) > 6500
        before = after(notes.kept, interrupted - 1, 0.5)
        assert strength(before, 400) > 6500

    on_stage(body)


def test_two_microphones_of_a_graph() -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        voice, music = Microphone("voice", 24_000), Microphone("music", 44_100, 2)
        graph = Graph(
            speech(1, 400, 4).audio >> voice.audio,
            live(1000, 4, 44_100, 2).audio >> music.audio,
            voice.wire >> alice.microphone,
            music.wire >> alice.microphone,
        )
        async with playing(bob.voices >> notes.inlet), open_graph(graph):
            await trio.sleep(3.5)
        heard = after(notes.kept, 2.0, 1.0)
        assert strength(heard, 400) > 6000
        assert strength(heard, 1000) > 6500

    on_stage(body)


def silent() -> Says:
    async def script(actor, ctx) -> None:
        await trio.sleep_forever()

    return Says(script)


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [(silent, 5, 7), (lambda: speech(1, 1000, 30), 5, 7), (lambda: live(1000, 30), 1, 3)],
    ids=["nobody", "speech", "live"],
)
def test_speech_is_mixed_ahead_where_no_live_audio_would_wait_for_it(other, least, most) -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        depths = []
        async with (
            playing(
                speech(1, 400, 30).audio >> alice.microphone, other().audio >> alice.microphone
            ),
            playing(bob.voices >> notes.inlet),
        ):
            await trio.sleep(4)
            (line,) = (line for line in stage.engine.lines if line.playout.waiting)
            for _ in range(100):
                await trio.sleep(0.02)
                depths.append(line.playout.waiting)
        assert least <= min(depths)
        assert max(depths) <= most

    on_stage(body)


def test_live_audio_that_begins_beside_speech_is_heard_soon() -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])
        begun = []

        async def late(actor, ctx) -> None:
            await trio.sleep(4)
            begun.append(trio.current_time())
            for number in range(100):
                await trio.sleep_until(begun[0] + 0.02 * number)
                await actor.audio.send(AudioFrame(tone(1000, 0.02), RATE))
            await trio.sleep_forever()

        async with (
            playing(
                speech(1, 400, 30).audio >> alice.microphone, Says(late).audio >> alice.microphone
            ),
            playing(bob.voices >> notes.inlet),
        ):
            await trio.sleep(6)
        assert strength(after(notes.kept, begun[0] - 0.5, 0.4), 1000) < 150
        assert strength(after(notes.kept, begun[0] + 0.25, 0.5), 1000) > 6500

    on_stage(body)


def test_live_audio_that_comes_faster_than_it_is_mixed_is_dropped_and_counted() -> None:
    async def body(stage) -> None:
        alice, bob = stage.call("Alice"), stage.call("Bob")
        notes = Notes([])

        async def at_once(actor, ctx) -> None:
            await trio.sleep(2)
            await actor.audio.send(AudioFrame(tone(1000, 0.4), RATE))
            await trio.sleep_forever()

        async with (
            playing(Says(at_once).audio >> alice.microphone, silent().audio >> alice.microphone),
            playing(bob.voices >> notes.inlet),
        ):
            await trio.sleep(3)
            kept = max(line.playout.statistics().sent for line in stage.engine.lines)
            dropped = max(line.playout.statistics().dropped for line in stage.engine.lines)
        assert 0 < kept < 20
        assert kept + dropped == 20

    on_stage(body)
