"""Between our frames and PyAV's, without a copy wherever the bytes lie the same way."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
import numpy as np

from media.audio_frame import AudioFrame, Samples
from media.errors import FormatError
from media.formats import VIDEO_CLOCK_RATE, ColorFormat, picture_bytes
from media.video_frame import Pixels, VideoFrame

_NAMES: Final[dict[ColorFormat, str]] = {
    "RGB": "rgb24",
    "RGBA": "rgba",
    "ARGB": "argb",
    "ABGR": "abgr",
    "BGRA": "bgra",
    "I420": "yuv420p",
    "NV12": "nv12",
}
_FORMATS: Final[dict[str, ColorFormat]] = {name: ours for ours, name in _NAMES.items()}


def audio_to_pyav(frame: AudioFrame) -> av.AudioFrame:
    """Return a packed s16 frame of PyAV's with the same samples and time (one copy: it insists)."""
    layout = "mono" if frame.channels == 1 else "stereo"
    packed = np.ascontiguousarray(frame.samples).reshape(1, -1)
    made = av.AudioFrame.from_ndarray(packed, "s16", layout)
    made.sample_rate = frame.sample_rate
    made.pts = frame.pts
    made.time_base = Fraction(1, frame.sample_rate)
    return made


def audio_from_pyav(frame: av.AudioFrame) -> AudioFrame:
    """View a packed s16 frame of PyAV's, mono or stereo; `FormatError` for another format.

    What is no s16 goes through `av.AudioResampler` first.
    """
    name, channels = frame.format.name, frame.layout.nb_channels
    if name != "s16" and not (name == "s16p" and channels == 1):
        raise FormatError(f"The audio is {name!r}; it must be 's16' (use av.AudioResampler).")
    flat = np.frombuffer(memoryview(frame.planes[0]), np.int16, frame.samples * channels)
    pts = _ticks(frame.pts, frame.time_base, frame.sample_rate)
    return AudioFrame(flat.reshape(-1, channels), frame.sample_rate, pts)


def video_to_pyav(frame: VideoFrame) -> av.VideoFrame:
    """Return PyAV's view of the picture; odd sizes of I420 and NV12 are copied."""
    name, width, height = _NAMES[frame.color_format], frame.width, frame.height
    planar = frame.color_format in ("I420", "NV12")
    if planar and (width % 2 or height % 2):
        made = _copied(frame, name)
    elif planar:
        made = av.VideoFrame.from_numpy_buffer(frame.pixels.reshape(-1, width), name)
    else:
        made = av.VideoFrame.from_numpy_buffer(frame.pixels.reshape(height, width, -1), name)
    made.pts = frame.pts
    made.time_base = Fraction(1, VIDEO_CLOCK_RATE)
    return made


def video_from_pyav(frame: av.VideoFrame, color_format: ColorFormat | None = None) -> VideoFrame:
    """Return a picture of PyAV's as ours.

    A packed picture without padding is viewed, others are copied plane by plane. With
    `color_format`, or where the frame's own format is none of ours (then I420), swscale converts.
    """
    wanted: ColorFormat = color_format or _FORMATS.get(frame.format.name, "I420")
    pts = _ticks(frame.pts, frame.time_base, VIDEO_CLOCK_RATE)
    if frame.format.name != _NAMES[wanted]:
        frame = frame.reformat(format=_NAMES[wanted])
    rows = list(_planes(frame, wanted))
    if len(rows) == 1 and rows[0].flags.c_contiguous:
        pixels = rows[0].reshape(-1)
    else:
        pixels = np.concatenate([plane.reshape(-1) for plane in rows])
    return VideoFrame(pixels, frame.width, frame.height, wanted, pts)


def _ticks(pts: int | None, base: Fraction | None, rate: int) -> int:
    """Return a time in ticks of `rate`, to the nearest; arithmetic of fractions would take 2 us."""
    if not pts or not base:
        return pts or 0
    return (2 * pts * base.numerator * rate + base.denominator) // (2 * base.denominator)


def _planes(frame: av.VideoFrame, color_format: ColorFormat) -> Iterator[Pixels]:
    """Yield each plane's rows without their padding."""
    width, height = frame.width, frame.height
    half_width, half_height = (width + 1) // 2, (height + 1) // 2
    if color_format == "I420":
        sizes = [(height, width), (half_height, half_width), (half_height, half_width)]
    elif color_format == "NV12":
        sizes = [(height, width), (half_height, 2 * half_width)]
    else:
        sizes = [(height, picture_bytes(width, 1, color_format))]
    for plane, (count, used) in zip(frame.planes, sizes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8)[: count * plane.line_size]
        yield rows.reshape(count, plane.line_size)[:, :used]


def _copied(frame: VideoFrame, name: str) -> av.VideoFrame:
    made = av.VideoFrame(frame.width, frame.height, name)
    start = 0
    for plane in _planes(made, frame.color_format):
        plane[:] = frame.pixels[start : start + plane.size].reshape(plane.shape)
        start += plane.size
    return made


def resampled(frame: av.AudioFrame | None, resampler: av.AudioResampler) -> list[Samples]:
    """Return what comes out of a packed-s16 resampler for a frame, as int16 `[n, channels]`.

    None asks for what it has held back.
    """
    return [audio_from_pyav(piece).samples for piece in resampler.resample(frame)]
