"""Frames view what they are given, are read-only, and say what is wrong with it."""

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import (
    COLOR_FORMATS,
    SAMPLE_RATES,
    AudioFormat,
    AudioFrame,
    FormatError,
    MediaError,
    VideoFrame,
    concatenate,
    picture_bytes,
)

SOUND = np.arange(640, dtype=np.int16).reshape(320, 2)


def test_a_frame_takes_the_array_over_without_a_copy_and_locks_it():
    samples = SOUND.copy()
    frame = AudioFrame(samples, 48000, 960, 3, "alice")
    assert frame.samples is samples
    assert (frame.sample_rate, frame.pts, frame.turn, frame.source) == (48000, 960, 3, "alice")
    assert (frame.channels, len(frame), frame.duration) == (2, 320, 320 / 48000)
    assert frame.format == AudioFormat(48000, 2)
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_every_rate_makes_a_frame_mono_or_stereo_and_one_dimension_is_mono(rate):
    assert AudioFrame(SOUND, rate).sample_rate == rate
    assert AudioFrame(SOUND[:, :1], rate).channels == 1
    line = np.zeros(160, np.int16)
    frame = AudioFrame(line, rate)
    assert frame.samples.shape == (160, 1)
    assert np.shares_memory(frame.samples, line)
    assert not line.flags.writeable


@pytest.mark.parametrize(
    "kind",
    [bytes, bytearray, memoryview, lambda data: array("h", data), np.frombuffer],
)
def test_any_bytes_like_object_is_viewed(kind):
    data = kind(SOUND.tobytes())
    frame = AudioFrame.from_bytes(data, 16000, 2, pts=7, turn=1, source="bob")
    assert np.array_equal(frame.samples, SOUND)
    assert np.shares_memory(frame.samples, np.frombuffer(data, np.uint8))
    assert frame.to_bytes() == SOUND.tobytes()
    assert (frame.pts, frame.turn, frame.source) == (7, 1, "bob")
    assert not frame.samples.flags.writeable


@given(st.binary(max_size=400).filter(lambda data: len(data) % 4 == 0))
def test_bytes_come_back_as_they_went_in(data):
    assert AudioFrame.from_bytes(data, 16000, 2).to_bytes() == data


@given(st.integers(-400, 400), st.integers(-400, 400))
def test_a_slice_is_a_view_with_its_own_time(start, stop):
    frame = AudioFrame(SOUND.copy(), 16000, 1000, 5, "alice")
    part = frame[start:stop]
    assert np.array_equal(part.samples, SOUND[start:stop])
    assert part.pts == 1000 + slice(start, stop).indices(320)[0]
    assert (part.turn, part.source) == (5, "alice")
    assert part.samples.base is not None


@given(st.integers(0, 2**32), st.floats(-4, 4))
def test_scaling_rounds_and_saturates(seed, factor):
    samples = np.random.default_rng(seed).integers(-32768, 32768, (50, 2)).astype(np.int16)
    scaled = AudioFrame(samples, 16000).scaled(factor).samples
    wanted = np.clip(samples * np.float64(np.float32(factor)), -32768, 32767)
    assert np.abs(scaled - wanted).max() <= 0.51


def test_frames_are_joined_and_keep_the_first_ones_place():
    one, two = AudioFrame(SOUND[:100], 16000, 9, 1, "a"), AudioFrame(SOUND[100:], 16000, 0, 2, "b")
    joined = concatenate([one, two])
    assert np.array_equal(joined.samples, SOUND)
    assert (joined.pts, joined.turn, joined.source) == (9, 1, "a")


def test_mono_is_the_mean_and_of_mono_itself():
    frame = AudioFrame(np.array([[32767, 32767], [-3, 0]], np.int16), 16000, 4, 2, "a")
    assert frame.mono().samples.tolist() == [[32767], [-2]]
    assert (frame.mono().pts, frame.mono().turn, frame.mono().source) == (4, 2, "a")
    assert frame.mono().mono() is not frame
    assert (mono := frame.mono()).mono() is mono


def test_another_time_turn_or_source_over_the_same_samples():
    frame = AudioFrame(SOUND, 16000, 1, 2, "a")
    assert frame.evolve(pts=5).pts == 5
    assert frame.evolve(turn=None).turn is None
    other = frame.evolve(source="b")
    assert (other.source, other.pts, other.turn) == ("b", 1, 2)
    assert other.samples is frame.samples


def test_silence_and_words_for_people():
    frame = AudioFrame.silence(480, 24000, 2, pts=3, turn=4, source="alice")
    assert not frame.samples.any()
    assert repr(frame) == (
        "<AudioFrame 480 samples at 24000 Hz, 2 ch, pts=3, turn=4, source='alice'>"
    )
    assert str(frame.format) == "24000 Hz stereo"
    assert bool(AudioFrame.silence(0, 24000))


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: AudioFrame(SOUND, 11025), r"sample rate 11025 .* use one of 8000, .* 48000 Hz"),
        (lambda: AudioFrame(SOUND.astype(np.float32), 16000), "are float32; they must be int16"),
        (lambda: AudioFrame(np.zeros((10, 3), np.int16), 16000), "3 channels .* 1 .* or 2"),
        (lambda: AudioFrame(np.zeros((2, 2, 2), np.int16), 16000), r"shape \(2, 2, 2\)"),
        (lambda: AudioFrame(np.int16(1).reshape(()), 16000), r"shape \(\)"),
        (lambda: AudioFrame.from_bytes(b"123", 16000), "3 bytes are no whole number"),
        (lambda: AudioFrame.from_bytes(b"123456", 16000, 2), "give a multiple of 4 bytes"),
        (lambda: AudioFrame.from_bytes(b"12", 16000, 5), "5 channels"),
        (lambda: AudioFrame(SOUND, 16000)[::2], r"without a step: \[None:None:2\]"),
        (lambda: concatenate([]), "no frame to join"),
        (
            lambda: concatenate([AudioFrame(SOUND, 16000), AudioFrame(SOUND, 8000)]),
            "16000 Hz stereo and 8000 Hz stereo do not join",
        ),
        (lambda: AudioFormat(44000), "sample rate 44000"),
        (lambda: AudioFormat(48000, 0), "0 channels"),
        (lambda: VideoFrame(np.zeros(10, np.uint8), 4, 4, "RGB"), "10 bytes; 4x4 RGB has 48"),
        (lambda: VideoFrame(np.zeros(48), 4, 4, "RGB"), "are float64; they must be uint8"),
        (lambda: VideoFrame(np.zeros(48, np.uint8), 4, 4, "BGR"), "'BGR' is unknown: use one of"),
        (lambda: VideoFrame(np.zeros(0, np.uint8), 0, 4, "RGB"), "0x4 has no pixels"),
        (lambda: VideoFrame(np.zeros(48, np.uint8), -4, -4, "RGB"), "-4x-4 has no pixels"),
        (lambda: VideoFrame(np.zeros(18, np.uint8), 3, 4, "I420"), "18 bytes; 3x4 I420 has 20"),
    ],
)
def test_what_is_no_frame_is_told_in_a_sentence(work, says):
    with pytest.raises(FormatError, match=says) as caught:
        work()
    assert isinstance(caught.value, MediaError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("color_format", COLOR_FORMATS)
@pytest.mark.parametrize("size", [(4, 4), (5, 4), (4, 5), (5, 5), (1, 1)])
def test_a_picture_of_any_size_is_taken_over_flat_and_locked(color_format, size):
    pixels = np.arange(picture_bytes(*size, color_format), dtype=np.uint8)
    frame = VideoFrame(pixels, *size, color_format, 90, turn=2, source="alice")
    assert frame.pixels is pixels
    assert (frame.width, frame.height, frame.color_format) == (*size, color_format)
    assert (frame.pts, frame.turn, frame.source) == (90, 2, "alice")
    assert not pixels.flags.writeable
    assert frame.to_bytes() == pixels.tobytes()
    again = VideoFrame.from_bytes(frame.to_bytes(), *size, color_format, pts=1)
    assert np.array_equal(again.pixels, pixels)
    other = frame.evolve(pts=180, source=None)
    assert (other.pts, other.turn, other.source) == (180, 2, None)
    assert other.pixels is pixels


def test_rows_and_columns_are_viewed_flat():
    grid = np.zeros((4, 6, 3), np.uint8)
    frame = VideoFrame(grid, 6, 4, "RGB")
    assert frame.pixels.shape == (72,)
    assert np.shares_memory(frame.pixels, grid)
    assert not grid.flags.writeable
    assert repr(frame) == "<VideoFrame 6x4 RGB, pts=0>"


@pytest.mark.parametrize(
    ("pixels", "rest", "says"),
    [
        (np.zeros(47, np.uint8), (4, 4, "RGB"), "47 bytes; 4x4 RGB has 48"),
        (np.zeros((48, 2), np.uint8), (4, 4, "RGB"), "96 bytes; 4x4 RGB has 48"),
        (np.zeros(48, np.int8), (4, 4, "RGB"), "are int8; they must be uint8"),
        (np.zeros(48, np.uint8), (4, 5, "RGB"), "48 bytes; 4x5 RGB has 60"),
        (np.zeros(48, np.uint8), (5, 4, "RGB"), "48 bytes; 5x4 RGB has 60"),
        (np.zeros(48, np.uint8), (-4, -4, "RGB"), "-4x-4 has no pixels"),
        (np.zeros(48, np.uint8), (4, 4, "RGBA"), "48 bytes; 4x4 RGBA has 64"),
        (np.zeros(48, np.uint8), (4, 4, "BGR"), "'BGR' is unknown"),
        (np.uint8(1).reshape(()), (4, 4, "RGB"), "1 bytes; 4x4 RGB has 48"),
    ],
)
def test_a_picture_is_judged_whatever_the_one_before_was_like(pixels, rest, says):
    VideoFrame(np.zeros(48, np.uint8), 4, 4, "RGB")
    with pytest.raises(FormatError, match=says):
        VideoFrame(pixels, *rest)
    grid = np.zeros((48, 1), np.uint8)
    assert VideoFrame(grid, 4, 4, "RGB").pixels.shape == (48,)
    assert VideoFrame(np.zeros(48, np.uint8), 2, 8, "RGB").width == 2
