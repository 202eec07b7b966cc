"""Making frames beside a bare class with the same fields, and beside PyAV; one thread."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import av
import numpy as np

from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media import AudioFrame, Samples, VideoFrame, picture_bytes
from media.pyav import audio_from_pyav, audio_to_pyav, video_from_pyav, video_to_pyav

LIMIT = 250


@attrs.define
class Bare:
    samples: Samples
    sample_rate: int
    pts: int = 0
    turn: int | None = None
    source: str | None = None


@attrs.frozen
class Frozen:
    samples: Samples
    sample_rate: int
    pts: int = 0
    turn: int | None = None
    source: str | None = None


def rows() -> Iterator[Row]:
    samples = np.zeros((320, 1), np.int16)
    pixels = np.zeros(picture_bytes(1280, 720, "I420"), np.uint8)
    data = samples.tobytes()
    frame = AudioFrame(samples, 16000)
    nothing, *taken = (
        1000 * one
        for one in interleaved(
            [
                lambda: None,
                lambda: AudioFrame(samples, 16000),
                lambda: Bare(samples, 16000),
                lambda: Frozen(samples, 16000),
                lambda: VideoFrame(pixels, 1280, 720, "I420"),
                lambda: AudioFrame.from_bytes(data, 16000),
                lambda: frame[80:160],
            ],
            calls=2000,
        )
    )
    audio, bare, frozen, video, view, part = (
        one - nothing for one in taken
    )  # the call of a lambda
    yield Row("AudioFrame of an array", audio, "ns", "attrs, slotted", bare, LIMIT)
    yield Row("AudioFrame of an array", audio, "ns", "attrs, frozen", frozen)
    yield Row("VideoFrame of an array", video, "ns", "attrs, slotted", bare, LIMIT)
    yield Row("AudioFrame of bytes, a view", view, "ns")
    yield Row("a slice of a frame, a view", part, "ns")
    yield from _beside_pyav(frame, VideoFrame(pixels, 1280, 720, "I420"))


def _beside_pyav(sound: AudioFrame, picture: VideoFrame) -> Iterator[Row]:
    grid = picture.pixels.reshape(-1, 1280)
    sound_there, picture_there = audio_to_pyav(sound), video_to_pyav(picture)
    rgba = av.VideoFrame(1280, 720, "rgba")
    there, copied, back, taken, heard, listened, played = interleaved(
        [
            lambda: video_to_pyav(picture),
            lambda: av.VideoFrame.from_ndarray(grid, "yuv420p"),
            lambda: video_from_pyav(rgba),
            rgba.to_ndarray,
            lambda: audio_from_pyav(sound_there),
            sound_there.to_ndarray,
            lambda: audio_to_pyav(sound),
        ],
        calls=50,
    )
    yield Row("720p I420 to PyAV", there, "us", "from_ndarray", copied)
    yield Row("720p RGBA from PyAV", back, "us", "to_ndarray", taken)
    yield Row("20 ms from PyAV", heard, "us", "to_ndarray", listened)
    yield Row("20 ms to PyAV", played, "us")
    assert picture_there.width == 1280
