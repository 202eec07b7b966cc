"""Pictures to packets and back: codecs, assembly, what is asked for again, rate, plan, threads."""

import itertools
import random
import threading

import numpy as np
import pytest

from actors.call.settings import EncodingPlan, VideoSettings, plan
from actors.call.video import h264, vp8
from actors.call.video.assembly import KEY_EVERY, PATIENCE, REORDER, Assembly, Encoded
from actors.call.video.codecs import VideoDecoder, VideoEncoder, Worker
from actors.call.webrtc.video_sender import SendRate
from actors.errors import MediaError
from media import VideoFrame
from media.color import convert
from media.jitter import RtpPacket

READ = {"vp8": vp8.read, "h264": h264.read}
PLAN = EncodingPlan(320, 240, 30, 500_000)


def picture(number, width=320, height=240):
    """A bright square that moves over a grey ground."""
    luma = np.full((height, width), 60, np.uint8)
    left = 8 * number % (width - 64)
    luma[80:144, left : left + 64] = 200
    chroma = np.full(width * height // 2, 128, np.uint8)
    return VideoFrame(np.concatenate([luma.ravel(), chroma]), width, height, "I420", 3000 * number)


def sent(codec, count, keys=(0,), first=65_530):
    """The packets of `count` pictures, each picture's in a list; sequence numbers wrap."""
    encoder, sequence, made = VideoEncoder(codec), first, []
    for number in range(count):
        payloads = encoder.encode(picture(number), PLAN, 3000 * number, key=number in keys)
        group = []
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            stamp = (2**32 - 6000 + 3000 * number) % 2**32
            group.append(RtpPacket(sequence % 2**16, stamp, payload, 9, last))
            sequence += 1
        made.append(group)
    return made


def error(decoded, number):
    """Mean difference of the luma from what was sent."""
    size = 320 * 240
    return np.abs(
        decoded.pixels[:size].astype(int) - picture(number).pixels[:size].astype(int)
    ).mean()


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_what_is_encoded_is_decoded_with_its_time_and_looks_the_same(codec):
    assembly, decoder = Assembly(READ[codec]), VideoDecoder(codec)
    seen = []
    for group in sent(codec, 20):
        for packet in group:
            assembly.push(packet, 0.0)
            seen += [decoder.decode(each) for each in assembly.pictures()]
    assert len(seen) == 20
    assert [b.pts - a.pts for a, b in itertools.pairwise(seen)] == [3000] * 19
    assert {(s.width, s.height, s.color_format) for s in seen} == {(320, 240, "I420")}
    assert max(error(each, number) for number, each in enumerate(seen)) < 4


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_packets_in_any_order_and_twice_give_the_same_pictures(codec):
    groups = sent(codec, 12)
    packets = [packet for group in groups for packet in group]
    shuffled, rng = packets[: len(groups[0])], random.Random(3)
    rest = packets[len(groups[0]) :]
    for start in range(0, len(rest), 4):
        block = rest[start : start + 4] * 2
        rng.shuffle(block)
        shuffled += block
    assembly = Assembly(READ[codec])
    given = []
    for packet in shuffled:
        assembly.push(packet, 0.0)
        given += assembly.pictures()
    assert len(given) == 12
    assert [each.key for each in given] == [True] + [False] * 11


def test_nothing_is_given_before_a_key_picture_and_one_is_asked_for():
    groups = sent("vp8", 10, keys=(0, 6))
    assembly = Assembly(vp8.read)
    given = []
    for group in groups[2:]:
        for packet in group:
            assembly.push(packet, 0.0)
        given += assembly.pictures()
    assert [each.key for each in given] == [True, False, False, False]
    fresh = Assembly(vp8.read)
    fresh.push(groups[2][0], 0.0)
    assert list(fresh.pictures()) == []
    assert fresh.wants_key(0.0)
    assert not fresh.wants_key(KEY_EVERY / 2)
    assert fresh.wants_key(KEY_EVERY)


def test_a_missing_packet_is_asked_for_after_a_moment_and_again_and_fills_its_hole():
    groups = sent("vp8", 5)
    assembly = Assembly(vp8.read)
    missing = groups[2][0]
    for group in groups:
        for packet in group:
            if packet is not missing:
                assembly.push(packet, 1.0)
    assert len(list(assembly.pictures())) == 2
    assert assembly.lost(1.0 + REORDER / 2) == []
    assert assembly.lost(1.001 + REORDER) == [missing.sequence]
    assert assembly.lost(1.02 + REORDER) == []
    assert assembly.lost(1.1) == [missing.sequence]
    assembly.push(missing, 1.2)
    assert len(list(assembly.pictures())) == 3
    assert assembly.lost(1.3) == []
    assert assembly.idle


def test_a_hole_that_stays_is_left_behind_at_the_next_key_picture():
    groups = sent("vp8", 12, keys=(0, 9))
    assembly = Assembly(vp8.read)
    given = []
    for number, group in enumerate(groups):
        now = 0.1 * number
        for packet in group if number != 3 else group[:-1]:
            assembly.push(packet, now)
        assembly.lost(now)
        given += assembly.pictures()
    assert [each.timestamp // 3000 % 20 for each in given][3:] == [
        (given[0].timestamp // 3000 + n) % 20 for n in (9, 10, 11)
    ]
    assert assembly.skipped == 1
    assert PATIENCE < 0.6


def test_a_source_that_jumps_begins_anew():
    assembly = Assembly(vp8.read)
    given = []
    for first in (100, 40_000):
        for group in sent("vp8", 3, first=first):
            for packet in group:
                assembly.push(packet, 0.0)
            given += assembly.pictures()
    assert len(given) == 6


def test_garbage_is_counted_and_ends_nothing():
    rng = random.Random(1)
    for read in READ.values():
        assembly = Assembly(read)
        for number in range(3000):
            payload = rng.randbytes(rng.randrange(0, 40))
            packet = RtpPacket(rng.randrange(2**16), 90 * number, payload, 1, rng.random() < 0.2)
            assembly.push(packet, 0.01 * number)
            list(assembly.pictures())
            assembly.lost(0.01 * number)
            assembly.wants_key(0.01 * number)
        assert assembly.broken > 0


def test_bytes_that_are_no_picture_are_told():
    with pytest.raises(MediaError):
        VideoDecoder("vp8").decode(Encoded(b"\x30" * 9, 0, True))


def test_other_sizes_and_colours_become_i420_of_the_plans_size():
    rgb = np.zeros((480, 640, 3), np.uint8)
    rgb[:] = (200, 40, 40)
    frame = VideoFrame(rgb.ravel(), 640, 480, "RGB")
    encoder, decoder, assembly = VideoEncoder("vp8"), VideoDecoder("vp8"), Assembly(vp8.read)
    for number, payload in enumerate(payloads := encoder.encode(frame, PLAN, 0, key=True)):
        assembly.push(RtpPacket(number, 0, payload, 1, number == len(payloads) - 1), 0.0)
    (encoded,) = assembly.pictures()
    seen = decoder.decode(encoded)
    assert (seen.width, seen.height) == (320, 240)
    back = convert(seen.pixels, 320, 240, "I420", "RGB").reshape(-1, 3).mean(axis=0)
    assert back == pytest.approx([200, 40, 40], abs=8)


def begun_anew(frames, bitrates):
    """At which pictures an encoder begins anew, that is told other bit rates at 30 a second."""
    encoder, keys = VideoEncoder("vp8"), []
    for number, (frame, bitrate) in enumerate(zip(frames, bitrates, strict=True)):
        plan = EncodingPlan(320, 240, 30, bitrate)
        payloads = encoder.encode(frame, plan, 3000 * number, key=False)
        if payloads and vp8.read(payloads[0]).key:
            keys.append(number)
    return keys


def noise(count):
    """Pictures that need every bit there is."""
    random = np.random.default_rng(3)
    size = 320 * 240 * 3 // 2
    return [
        VideoFrame(random.integers(16, 235, size).astype(np.uint8), 320, 240, "I420")
        for _ in range(count)
    ]


RISING = [500_000 + 10_000 * number for number in range(100)]


def test_a_picture_that_needs_no_more_bits_is_not_begun_anew_for_them():
    assert begun_anew([picture(0)] * 100, RISING) == [0]


def test_a_picture_that_needs_more_bits_is_begun_anew_for_a_third_more_at_most_once_a_second():
    assert begun_anew(noise(100), RISING) == [0, 31, 61, 95]
    assert begun_anew(noise(60), [500_000] * 10 + [900_000] * 50) == [0, 31]


def test_fewer_bits_count_at_once():
    assert begun_anew([picture(0)] * 20, [500_000] * 10 + [400_000] * 10) == [0, 10]


def test_an_unknown_codec_is_refused_by_name():
    for make in (VideoEncoder, VideoDecoder):
        with pytest.raises(MediaError, match="'av1'"):
            make("av1")


def test_the_rate_grows_slowly_without_loss_falls_with_it_and_keeps_its_limits():
    rate = SendRate(1_500_000, 100_000)
    assert rate.target(0.0) == 500_000
    rates = []
    for second in range(20):
        rate.report(0.0, float(second))
        rates.append(rate.target(second))
    assert rates == sorted(rates)
    assert rates[-1] == 1_500_000
    rate.report(0.3, 21.0)
    assert rate.target(21.0) == pytest.approx(1_500_000 * 0.85, rel=0.01)
    for second in range(22, 80):
        rate.report(0.5, float(second))
    assert rate.target(80.0) == 100_000
    rate.report(0.05, 81.0)
    assert rate.target(81.0) == 100_000


def test_a_receivers_estimate_caps_the_rate_while_it_is_fresh():
    rate = SendRate(1_500_000, 100_000)
    rate.estimated(220_000, 250_000, 0.0)
    assert rate.target(1.0) == 220_000
    assert rate.target(10.0) == 500_000
    rate.estimated(10, 250_000, 11.0)
    assert rate.target(11.0) == 100_000


def test_a_low_estimate_of_a_still_picture_is_no_cap():
    rate = SendRate(1_500_000, 100_000)
    rate.estimated(60_000, 40_000, 0.0)
    assert rate.target(0.0) == 500_000
    rate.estimated(42_000, 45_000, 0.3)
    assert rate.target(0.3) == 500_000
    rate.estimated(110_000, 130_000, 0.6)
    assert rate.target(0.6) == 110_000


@pytest.mark.parametrize(
    ("bitrate", "receivers", "expected"),
    [
        (1_500_000, 1, EncodingPlan(1280, 720, 30, 1_500_000)),
        (690_000, 1, EncodingPlan(1280, 720, 15, 690_000)),
        (150_000, 1, EncodingPlan(640, 360, 13, 150_000)),
        (1_500_000, 4, EncodingPlan(640, 360, 30, 1_500_000)),
    ],
)
def test_a_slow_network_takes_fewer_pictures_first_then_smaller_ones(bitrate, receivers, expected):
    assert plan(VideoSettings(), 1280, 720, bitrate, receivers) == expected


def test_a_worker_runs_jobs_in_order_tells_errors_and_ends():
    errors, done = [], []
    worker = Worker("video of a test", errors.append)
    finished = threading.Event()
    for number in range(5):
        worker.submit(lambda number=number: done.append(number))
    worker.submit(lambda: 1 / 0)
    worker.submit(finished.set)
    assert finished.wait(5)
    worker.close()
    worker.join()
    worker.submit(lambda: done.append("late"))
    assert done == [0, 1, 2, 3, 4]
    assert [type(each) for each in errors] == [ZeroDivisionError]
    assert "video of a test" not in {thread.name for thread in threading.enumerate()}


def test_a_worker_that_never_worked_has_no_thread():
    before = set(threading.enumerate())
    worker = Worker("idle", lambda error: None)
    assert set(threading.enumerate()) == before
    worker.close()
    worker.join()
