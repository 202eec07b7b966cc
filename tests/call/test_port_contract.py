"""What every media engine keeps to: one suite for the real one and for both in virtual time."""

import contextlib
import itertools
import math
import threading
import time

import numpy as np
import pytest
import trio
import trio.testing
from fake_engine import open_fake_engine

from actors.call.playout import Outgoing
from actors.call.port import (
    Closed,
    Connected,
    Signal,
    TrackEnded,
    TrackStarted,
    custom_kind,
)
from actors.call.webrtc import open_media_engine
from actors.errors import MediaError
from callboard.testing.virtual_engine import run_on_network
from media import VideoFrame
from media.color import convert
from media.opus import OpusEncoder


def run_real(body):
    async def main():
        async with open_media_engine() as engine:
            await body(engine)

    trio.run(main)


def run_fake(body):
    async def main():
        async with open_fake_engine() as engine:
            await body(engine)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.fixture(
    params=[run_real, run_fake, run_on_network], ids=["webrtc", "fake", "webrtc in virtual time"]
)
def with_engine(request):
    return request.param


async def carry(here, there, log, change=lambda data: data):
    """Pass one port's signals to another and note all else."""
    async for event in here.events:
        if isinstance(event, Signal):
            await there.signal(change(event.data))
        else:
            log.append(event)


class Pair:
    """Two lines, a port each, connected through each other's signals."""

    def __init__(self, left_line, right_line, left, right):
        self.left_line, self.right_line = left_line, right_line
        self.left, self.right = left, right
        self.left_log, self.right_log = [], []


@contextlib.asynccontextmanager
async def connected_pair(
    engine, kinds=frozenset(("microphone",)), change=lambda data: data, there=None
):
    async with (
        engine.open_line() as left_line,
        (there or engine).open_line() as right_line,
        contextlib.AsyncExitStack() as right_ports,
    ):
        right = await right_ports.enter_async_context(
            right_line.open_port(loopback=True, sends=kinds, receives=kinds)
        )
        async with (
            left_line.open_port(loopback=True, sends=kinds, receives=kinds) as left,
            trio.open_nursery() as nursery,
        ):
            pair = Pair(left_line, right_line, left, right)
            nursery.start_soon(carry, left, right, pair.left_log, change)
            nursery.start_soon(carry, right, left, pair.right_log)
            await left.start()
            with trio.fail_after(10):
                while not {Connected()} <= {*pair.left_log} & {*pair.right_log}:
                    await left_line.tick()
            pair.hang_up_right = right_ports.aclose
            yield pair
            nursery.cancel_scope.cancel()


def payloads(count):
    with OpusEncoder() as encoder:
        times = np.arange(960 * count) / 48000
        tone = (8000 * np.sin(2 * math.pi * 440 * times)).astype(np.int16).reshape(count, 960, 1)
        return [encoder.encode(frame) for frame in tone]


def test_two_ports_connect_and_tell_of_each_others_track(with_engine):
    async def body(engine):
        async with connected_pair(engine) as pair:
            await trio.sleep(0.1)
            for log in (pair.left_log, pair.right_log):
                assert log == [Connected(), TrackStarted("microphone", "opus", 48000)]

    with_engine(body)


def test_packets_arrive_in_order_one_a_tick_with_growing_time_stamps(with_engine):
    async def body(engine):
        async with connected_pair(engine) as pair:
            sent = payloads(20)
            got = []
            for payload in sent:
                for _ in range(await pair.left_line.tick()):
                    got += pair.right.received()
                pair.left_line.playout.put(Outgoing(payload, 960, 1))
            await trio.sleep(0.3)
            got += pair.right.received()
            spoken = [p for p in got if p.packet.payload in set(sent)]
            assert [p.packet.payload for p in spoken] == sent
            stamps = [p.packet.timestamp for p in got]
            # More than a tick where a busy machine has left some out.
            steps = {(b - a) % 2**32 for a, b in itertools.pairwise(stamps)}
            assert all(step % 960 == 0 for step in steps)
            assert min(steps) == 960
            numbers = [p.packet.sequence for p in got]
            assert {(b - a) % 2**16 for a, b in itertools.pairwise(numbers)} == {1}
            assert {(p.kind, p.codec, p.clock_rate) for p in got} == {("microphone", "opus", 48000)}

    with_engine(body)


def test_silence_goes_out_while_nothing_is_queued(with_engine):
    async def body(engine):
        async with connected_pair(engine) as pair:
            pair.right.received()
            await trio.sleep(0.5)
            assert 20 <= len(pair.right.received()) <= 27

    with_engine(body)


def test_what_the_encoder_says_need_not_be_sent_is_not_sent(with_engine):
    """DTX: the far side sees the time stamps go on, and no packets."""

    async def body(engine):
        async with connected_pair(engine) as pair:
            spoken = payloads(1)[0]
            got = []
            with trio.fail_after(5):
                while not got:
                    await pair.right_line.tick()
                    got += [p.packet for p in pair.right.received()]
                for payload in (*[b"\x78"] * 10, spoken):
                    pair.left_line.playout.put(Outgoing(payload, 960, 1))
                while spoken not in {p.payload for p in got}:
                    await pair.right_line.tick()
                    got += [p.packet for p in pair.right.received()]
            assert b"\x78" not in {p.payload for p in got}
            at = [p.payload for p in got].index(spoken)
            assert (got[at].timestamp - got[at - 1].timestamp) % 2**32 == 11 * 960
            assert (got[at].sequence - got[at - 1].sequence) % 2**16 == 1

    with_engine(body)


@pytest.mark.real
def test_time_stamps_go_on_while_the_engines_thread_stands_still():
    """What follows a stall is not late: the far side need not wait for it ever after."""

    async def body(engine):
        async with connected_pair(engine) as pair:
            got = []
            with trio.fail_after(10):
                while not got:
                    await pair.right_line.tick()
                    got += [p.packet for p in pair.right.received()]
                pair.left_line._thread.post(time.sleep, 0.5)
                while len(got) < 50:
                    await pair.right_line.tick()
                    got += [p.packet for p in pair.right.received()]
            steps = [
                (b.timestamp - a.timestamp) % 2**32 / 48_000 for a, b in itertools.pairwise(got)
            ]
            assert max(steps) > 0.45
            numbers = [p.sequence for p in got]
            assert {(b - a) % 2**16 for a, b in itertools.pairwise(numbers)} == {1}

    run_real(body)


def test_statistics_count_both_ways(with_engine):
    async def body(engine):
        async with connected_pair(engine) as pair:
            left, right = pair.left.statistics(), pair.right.statistics()
            with trio.fail_after(10):
                while min(left.packets_sent, right.packets_received) < 20:
                    await pair.right_line.tick()
                    pair.left.received(), pair.right.received()
                    left, right = pair.left.statistics(), pair.right.statistics()
            assert right.heard is not None
            assert trio.current_time() - right.heard < 0.2
            assert right.lost_here == 0

    with_engine(body)


def test_the_far_side_learns_of_a_hang_up(with_engine):
    async def body(engine):
        async with connected_pair(engine) as pair:
            await pair.hang_up_right()
            with trio.fail_after(5):
                while Closed() not in pair.left_log:
                    await pair.left_line.tick()
            assert TrackEnded("microphone") in pair.left_log

    with_engine(body)


def test_nonsense_is_an_error_of_that_port_alone(with_engine):
    async def body(engine):
        async with engine.open_line() as line, line.open_port() as port:
            with pytest.raises(MediaError):
                await port.signal({"description": {"type": "offer", "sdp": "nonsense"}})
        async with connected_pair(engine):
            pass

    with_engine(body)


def test_ticks_come_every_20_ms_and_late_callers_are_told_how_many_passed(with_engine):
    async def body(engine):
        async with engine.open_line() as line:
            await line.tick()
            began = trio.current_time()
            passed = sum([await line.tick() for _ in range(10)])
            assert passed * 0.02 == pytest.approx(trio.current_time() - began, abs=0.02)
            await trio.sleep(0.1)
            assert await line.tick() >= 4

    with_engine(body)


def test_cancelled_in_the_middle_of_a_call_nothing_is_left(with_engine):
    before = set(threading.enumerate())

    async def body(engine):
        with trio.move_on_after(0.5):
            async with connected_pair(engine):
                await trio.sleep_forever()

    with_engine(body)
    assert set(threading.enumerate()) == before


WATCHED = frozenset(("microphone", "camera", "screen"))


def picture(luma, width=320, height=240):
    pixels = np.full(width * height * 3 // 2, 128, np.uint8)
    pixels[: width * height] = luma
    return VideoFrame(pixels, width, height, "I420")


async def show_until_seen(pair, frame, kind="camera", seconds=5.0):
    """Show a picture again and again until the other side sees one; that one."""
    with trio.move_on_after(seconds):
        while True:
            pair.left_line.show(kind, frame)
            for _ in range(2):
                await pair.left_line.tick()
            pictures = [each for each in pair.right.pictures() if each.kind == kind]
            if pictures:
                return pictures[-1]
    return None


def test_pictures_of_camera_and_screen_arrive_as_i420_with_what_they_show(with_engine):
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            for kind, luma in (("camera", 90), ("screen", 180)):
                seen = await show_until_seen(pair, picture(luma), kind)
                assert (seen.kind, seen.width, seen.height) == (kind, 320, 240)
                assert seen.color_format == "I420"
                assert abs(float(seen.pixels[: 320 * 240].mean()) - luma) < 4
                assert seen.pts > 0
            assert pair.right.statistics().pictures >= 2

    with_engine(body)


def test_pictures_in_other_colours_are_converted(with_engine):
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            red = np.zeros((240, 320, 3), np.uint8)
            red[:] = (220, 30, 30)
            seen = await show_until_seen(pair, VideoFrame(red.ravel(), 320, 240, "RGB"))
            back = convert(seen.pixels, 320, 240, "I420", "RGB").reshape(-1, 3).mean(axis=0)
            assert back == pytest.approx([220, 30, 30], abs=8)

    with_engine(body)


def test_what_is_not_watched_is_not_decoded_and_is_seen_again_when_it_is(with_engine):
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            assert await show_until_seen(pair, picture(90)) is not None
            pair.right.watch(frozenset())
            await trio.sleep(0.3)
            pair.right.pictures()
            decoded = pair.right.statistics().pictures
            assert await show_until_seen(pair, picture(90), seconds=1.0) is None
            assert pair.right.statistics().pictures == decoded
            pair.right.watch(frozenset(("camera",)))
            assert await show_until_seen(pair, picture(90)) is not None

    with_engine(body)


def test_who_did_not_ask_for_pictures_gets_none(with_engine):
    async def body(engine):
        async with connected_pair(engine, frozenset(("microphone",))) as pair:
            assert await show_until_seen(pair, picture(90), seconds=0.5) is None

    with_engine(body)


def test_custom_tracks_are_added_in_mid_call_both_ways_and_the_others_go_on(with_engine):
    music, slides = custom_kind("audio", "music"), custom_kind("video", "slides")

    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            await pair.left.extend((music, slides))
            with trio.fail_after(5):
                while not all(
                    {music, slides} <= {e.kind for e in log if isinstance(e, TrackStarted)}
                    for log in (pair.left_log, pair.right_log)
                ):
                    await pair.left_line.tick()
            pair.right.watch(frozenset(("camera", slides)))
            sent = payloads(25)
            for line, port in ((pair.left_line, pair.right), (pair.right_line, pair.left)):
                got = []
                for payload in sent:
                    await line.tick()
                    line.track(music).put(Outgoing(payload, 960, 1))
                    line.playout.put(Outgoing(payload, 960, 1))
                    got += port.received()
                await trio.sleep(0.2)
                got += port.received()
                for kind in (music, "microphone"):
                    heard = [p.packet.payload for p in got if p.kind == kind]
                    assert [each for each in heard if each in set(sent)] == sent
            assert (await show_until_seen(pair, picture(60), slides)).kind == slides
            assert (await show_until_seen(pair, picture(120), "camera")).kind == "camera"
            pair.left_line.untrack(music)
            await trio.sleep(0.1)
            pair.right.received()
            await trio.sleep(0.2)
            assert {each.kind for each in pair.right.received()} == {"microphone"}
            await pair.left.extend((music, slides))  # all of them are there: nothing happens
            await pair.left.extend((music, slides, custom_kind("audio", "third")))
            with trio.fail_after(5):
                while "audio:third" not in {
                    each.kind for each in pair.right_log if isinstance(each, TrackStarted)
                }:
                    await pair.left_line.tick()

    with_engine(body)
