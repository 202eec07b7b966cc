"""A recording or live stream with pictures: everybody's newest one in a grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import attrs
import numpy as np

from callboard.daily.client.recording import SAMPLE_RATE, Writer
from callboard.daily.errors import BadValueError
from callboard.daily.shapes import Object, number, object_in
from media import VIDEO_CLOCK_RATE, AudioFormat, Samples, VideoFrame
from media.files import WebmWriter
from media.files.webm import VideoSize
from media.pyav import video_from_pyav, video_to_pyav
from media.video_frame import Pixels

AUDIO_ONLY: Final = "audio-only"

BLACK: Final = (16, 128)
"""Y, and U and V (BT.601, limited range)."""

MOST_PIXELS: Final = 1920 * 1080

Look = Callable[[], Sequence[VideoFrame]]
"""Gives the pictures that there are; it is called in the thread that writes."""


@attrs.frozen
class FilmSettings:
    """Size in pixels, pictures a second, bit/s."""

    width: int = 1280
    height: int = 720
    frame_rate: int = 15
    bitrate: int = 1_000_000

    @classmethod
    def read(cls, settings: Object) -> FilmSettings:
        """From `video` of streaming settings; what is left out is as above. `BadValueError`."""
        video, default = object_in(dict(settings), "video"), cls()

        def whole(name: str, least: int, default: int) -> int:
            given = video.get(name)
            return default if given is None else int(number(given, f"video.{name}", least))

        made = cls(
            whole("width", 16, default.width) & ~1,
            whole("height", 16, default.height) & ~1,
            min(30, whole("fps", 1, default.frame_rate)),
            whole("bitrate", 1, default.bitrate // 1000) * 1000,
        )
        if made.width * made.height > MOST_PIXELS:
            raise BadValueError(
                f"video is {made.width}x{made.height}; it has {MOST_PIXELS} pixels at most."
            )
        return made

    @property
    def part(self) -> int:
        """Samples of sound from one picture to the next."""
        return round(SAMPLE_RATE / self.frame_rate)


class PictureWriter(Writer, Protocol):
    """A writer that takes pictures too."""

    def write_picture(self, frame: VideoFrame, /) -> None:
        """Add a picture of its size; `pts` counts from the beginning of the sound."""
        ...


class FilmWriter:
    """Writes with each part of the sound the pictures of that moment.

    So sound and picture cannot drift apart. It blocks.

    Args:
        sink: takes both; it is closed with this.
        look: gives the pictures that there are.
    """

    def __init__(self, sink: PictureWriter, settings: FilmSettings, look: Look) -> None:
        self._sink = sink
        self._settings = settings
        self._look = look
        self._written = 0

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, 1]` at 48 kHz, and a picture."""
        pts = self._written * VIDEO_CLOCK_RATE // SAMPLE_RATE
        size = self._settings.width, self._settings.height
        self._sink.write_picture(grid(self._look(), *size, pts))
        self._sink.write(samples)
        self._written += len(samples)

    def close(self) -> None:
        """Complete what was written."""
        self._sink.close()


def webm_writer(path: Path, settings: FilmSettings, audio_bitrate: int, look: Look) -> FilmWriter:
    """Open a WebM file."""
    file = WebmWriter(
        path,
        audio=AudioFormat(SAMPLE_RATE, 1),
        video=VideoSize(settings.width, settings.height, settings.frame_rate),
        audio_bitrate=audio_bitrate,
        video_bitrate=settings.bitrate,
    )
    return FilmWriter(file, settings, look)


def grid(pictures: Sequence[VideoFrame], width: int, height: int, pts: int) -> VideoFrame:
    """The pictures side by side, row by row, on one of this size (even numbers), I420.

    Each is as large as its cell allows, in its own proportions, in the middle.
    """
    luma = np.full((height, width), BLACK[0], np.uint8)
    chroma = np.full((2, height // 2, width // 2), BLACK[1], np.uint8)
    columns = math.ceil(math.sqrt(len(pictures))) or 1
    rows = math.ceil(len(pictures) / columns) or 1
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        _put(
            picture,
            (luma, chroma),
            (column * width // columns, row * height // rows),
            (width // columns, height // rows),
        )
    pixels = np.concatenate([luma.reshape(-1), chroma.reshape(-1)])
    return VideoFrame(pixels, width, height, "I420", pts)


def _put(
    picture: VideoFrame,
    planes: tuple[Pixels, Pixels],
    corner: tuple[int, int],
    cell: tuple[int, int],
) -> None:
    scale = min(cell[0] / picture.width, cell[1] / picture.height)
    width, height = (max(2, round(side * scale) & ~1) for side in (picture.width, picture.height))
    left, top = (
        (start + (room - side) // 2) & ~1
        for start, room, side in zip(corner, cell, (width, height), strict=True)
    )
    small = video_from_pyav(
        video_to_pyav(picture).reformat(width=width, height=height, format="yuv420p")
    ).pixels
    luma, chroma = planes
    luma[top : top + height, left : left + width] = small[: width * height].reshape(height, width)
    halves = small[width * height :].reshape(2, height // 2, width // 2)
    x, y = left // 2, top // 2
    chroma[:, y : y + height // 2, x : x + width // 2] = halves
