"""Named tracks beside microphone and camera, published by either side, heard and seen."""

import itertools

import numpy as np
import pytest
import trio
from call_stage import Notes, on_stage, playing, tone
from test_looked_at import watching

from actors.call.call import Call
from actors.errors import CallError
from callboard.testing.network import Network
from callboard.testing.virtual_engine import run_on_network
from media import AudioFrame, VideoFrame

RATE = 16_000


async def play(meeting, name, seconds, hertz=600):
    """Say a tone on a custom track of a meeting."""
    samples = tone(hertz, seconds)
    for start in range(0, len(samples), RATE // 50):
        await meeting.published.feed(name).put(
            AudioFrame(samples[start : start + RATE // 50], RATE, turn=1)
        )


def hertz_of(samples):
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return spectrum.argmax() * RATE / len(samples)


def last_second(notes):
    return np.concatenate([item.samples for _, item in notes.kept[-50:]])


SLIDE = VideoFrame(np.full(64 * 48 * 3 // 2, 128, np.uint8), 64, 48, "I420")


@pytest.mark.parametrize("publisher", ["first", "second"], ids=["who was there", "who came later"])
def test_a_track_published_in_mid_call_is_heard_and_seen_whoever_offers(publisher):
    async def body(stage):
        first, firsts = watching(stage, "First")
        second, seconds = watching(stage, "Second")
        mixes, pictures = (Notes([]), Notes([])), (Notes([]), Notes([]))
        async with (
            playing(first.audio >> mixes[0].inlet, first.video >> pictures[0].inlet),
            playing(second.audio >> mixes[1].inlet, second.video >> pictures[1].inlet),
        ):
            await trio.sleep(2.0)
            speaker, hearer = (firsts, 1) if publisher == "first" else (seconds, 0)
            (meeting,) = speaker
            meeting.published.add("audio", "music")
            meeting.published.add("video", "slides")
            await trio.sleep(1.0)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(play, meeting, "music", 3.0)
                for _ in range(10):
                    meeting.published.show("slides", SLIDE)
                    await trio.sleep(0.2)
                assert hertz_of(last_second(mixes[hearer])) == pytest.approx(600, abs=5)
            assert {item.kind for _, item in pictures[hearer].kept} == {"video:slides"}
            (other,) = (*seconds,) if publisher == "first" else (*firsts,)
            (who,) = other.participants.values()
            assert {(t.kind, t.name) for t in who.tracks.values()} == {
                ("audio", "music"),
                ("video", "slides"),
            }

    on_stage(body)


def test_who_comes_later_gets_the_tracks_that_there_are():
    async def body(stage):
        early, meetings = watching(stage, "Early")
        mix = Notes([])
        async with playing(early.audio >> Notes([]).inlet):
            await trio.sleep(0.5)
            (meeting,) = meetings
            meeting.published.add("audio", "music")
            async with playing(stage.call("Late").audio >> mix.inlet):
                await trio.sleep(1.5)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(play, meeting, "music", 2.0)
                    await trio.sleep(1.5)
                    assert hertz_of(last_second(mix)) == pytest.approx(600, abs=5)

    on_stage(body)


def test_what_is_wrong_is_told_in_a_sentence():
    async def body(stage):
        call, meetings = watching(stage)
        async with playing(call.audio >> Notes([]).inlet):
            await trio.sleep(0.5)
            published = meetings[0].published
            published.add("audio", "music")
            with pytest.raises(CallError, match="'music' is published already"):
                published.add("audio", "music")
            published.add("video", "music")
            with pytest.raises(CallError, match="no custom video track 'film'"):
                published.show("film", SLIDE)
            published.remove("audio", "music")
            published.remove("audio", "music")
            with pytest.raises(CallError, match="no custom audio track 'music'"):
                published.feed("music")
            for number in range(15):
                published.add("audio", f"track {number}")
            with pytest.raises(CallError, match="16 custom tracks at most"):
                published.add("audio", "one more")

    on_stage(body)


def test_over_the_real_engine_a_custom_track_is_heard():
    async def body(engine):
        from call_stage import Stage

        from callboard.testing.memory_room import MemoryRoom

        stage = Stage(MemoryRoom(), engine)
        early, meetings = watching(stage, "Early")
        mix, pictures = Notes([]), Notes([])
        late: Call = stage.call("Late")
        async with (
            playing(early.audio >> Notes([]).inlet),
            playing(late.audio >> mix.inlet, late.video >> pictures.inlet),
        ):
            await trio.sleep(3.0)
            (meeting,) = meetings
            for medium, name in itertools.product(("audio", "video"), ("one", "two")):
                meeting.published.add(medium, name)
            await trio.sleep(2.0)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(play, meeting, "two", 3.0)
                for _ in range(20):
                    meeting.published.show("one", SLIDE)
                    await trio.sleep(0.1)
                assert hertz_of(last_second(mix)) == pytest.approx(600, abs=5)
            assert {item.kind for _, item in pictures.kept} == {"video:one"}

    run_on_network(body, Network(delay=0.02))
