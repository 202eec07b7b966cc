"""Nothing is decoded that nobody looks at, and subscriptions reach the decoder."""

import attrs
import numpy as np
import trio
from call_stage import Notes, Says, on_stage, playing, speak

from media import VideoFrame
from runtime import Actor, Out


@attrs.frozen
class Projector(Actor):
    """Shows a picture ten times a second."""

    shown = Out[VideoFrame]()

    async def run(self, ctx):
        pixels = np.full(64 * 48 * 3 // 2, 128, np.uint8)
        while True:
            await self.shown.send(VideoFrame(pixels, 64, 48, "I420"))
            await trio.sleep(0.1)


def watching(stage, name="Watcher"):
    """A call that takes pictures, and how to reach its meeting."""
    meetings = []

    class Observer:
        def __init__(self, meeting):
            meetings.append(meeting)

        def __enter__(self):
            pass

        def __exit__(self, *_):
            pass

    return stage.call(name, observer=Observer), meetings


def test_pictures_come_with_who_and_what_and_a_time_of_the_call():
    async def body(stage):
        call, meetings = watching(stage)
        seen, projector, shower = Notes([]), Projector(), stage.call("Shower")
        async with (
            playing(call.video >> seen.inlet),
            playing(projector.shown >> shower.camera),
        ):
            await trio.sleep(3.0)
        pictures = [item for _, item in seen.kept]
        assert len(pictures) >= 20
        (participant,) = {picture.source for picture in pictures}
        assert {picture.kind for picture in pictures} == {"camera"}
        assert meetings[0].participants == {}
        assert participant
        times = [picture.pts / 90_000 for picture in pictures]
        assert times == sorted(times)
        assert abs(times[-1] - 3.0) < 0.3

    on_stage(body)


def test_who_is_not_subscribed_to_is_neither_seen_nor_heard_until_he_is_again():
    async def body(stage):
        async def script(actor, ctx):
            await speak(actor, 1, 30.0)

        call, meetings = watching(stage)
        seen, heard = Notes([]), Notes([])
        projector, says, shower = Projector(), Says(script), stage.call("Shower")
        async with (
            playing(call.video >> seen.inlet, call.voices >> heard.inlet),
            playing(projector.shown >> shower.camera, says.audio >> shower.microphone),
        ):
            await trio.sleep(2.0)
            (meeting,) = meetings
            (participant,) = meeting.participants
            meeting.receiving.subscribe(participant, frozenset())
            await trio.sleep(0.2)
            seen.kept.clear()
            heard.kept.clear()
            await trio.sleep(1.0)
            assert seen.kept == []
            assert {item.source for _, item in heard.kept} == {None}
            meeting.receiving.subscribe(participant, frozenset(("microphone", "camera")))
            await trio.sleep(1.0)
            assert seen.kept
            assert participant in {item.source for _, item in heard.kept}

    on_stage(body)


def test_what_nobody_looks_at_is_not_decoded():
    async def body(stage):
        call, meetings = watching(stage)
        seen, projector, shower = Notes([]), Projector(), stage.call("Shower")
        async with (
            playing(call.video >> seen.inlet),
            playing(projector.shown >> shower.camera),
        ):
            await trio.sleep(0.1)
            (meeting,) = meetings
            meeting.receiving.look(lambda participant, kind: False)
            await trio.sleep(2.0)
            seen.kept.clear()
            (before,) = meeting.ports().values()
            await trio.sleep(2.0)
            (after,) = meeting.ports().values()
            assert (seen.kept, after.pictures) == ([], before.pictures)
            meeting.receiving.look(lambda participant, kind: kind == "camera")
            await trio.sleep(1.0)
            assert seen.kept

    on_stage(body)
