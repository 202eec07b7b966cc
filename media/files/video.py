"""The pictures of any file that FFmpeg reads, a still image included."""

from __future__ import annotations

import os
from typing import Final

import av

from media.errors import FormatError, NotAMediaFileError
from media.files.reading import FileSource
from media.formats import VIDEO_CLOCK_RATE, ColorFormat, picture_bytes
from media.pyav import video_from_pyav
from media.video_frame import VideoFrame

_STILL: Final = 0.04
"""Seconds that a picture lasts whose file tells nothing."""


class VideoFile(FileSource[VideoFrame, av.VideoFrame]):
    """Reads MP4, WebM, GIF, PNG ... in the wanted colour format and, when given, size.

    `read()` gives one picture a call, then None; with `loop` it starts over. A frame's `pts`
    (1/90000 s) grows from 0 on, through loops and seeks; `Paced` gives each one when it is due.
    It blocks: call it from a worker thread. Raises `NotAMediaFileError`, `FormatError`, and
    `OSError` where there is no file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        color_format: ColorFormat = "I420",
        *,
        width: int | None = None,
        height: int | None = None,
        loop: bool = False,
    ) -> None:
        if (width is None) != (height is None):
            raise FormatError("Give both width and height, or neither for the file's own size.")
        picture_bytes(width or 1, height or 1, color_format)
        self.color_format: Final[ColorFormat] = color_format
        self._size: Final = (width, height)
        super().__init__(path, "video", loop=loop)
        self._clock = 0.0
        self._started = False
        self._begin(0.0)

    @property
    def position(self) -> float:
        """Where in the file the last picture stands, in seconds."""
        return self._last or 0.0

    def read(self) -> VideoFrame | None:
        """Return the next picture, or None at the end."""
        picture = self._next()
        if picture is None and self.loop:
            if not self._started:
                raise NotAMediaFileError(f"{self._reading.path} holds no picture to decode.")
            self._clock += self._step  # the last picture lasts as long as the one before
            self._begin(0.0)
            picture = self._next()
        if picture is None:
            return None
        width, height = self._size
        if width and height and (picture.width, picture.height) != (width, height):
            picture = picture.reformat(width=width, height=height)
        frame = video_from_pyav(picture, self.color_format)
        return frame.evolve(pts=round(self._clock * VIDEO_CLOCK_RATE))

    def seek(self, seconds: float) -> None:
        """Go on with the first picture at or after this place of the file."""
        self._clock += self._step
        self._begin(max(0.0, seconds))

    def _begin(self, seconds: float) -> None:
        if seconds:
            self._reading.seek(seconds)
        else:
            self._reading.rewind()
        self._frames = self._reading.frames()
        self._wanted = seconds
        self._last: float | None = None
        self._step = _STILL

    def _next(self) -> av.VideoFrame | None:
        for picture in self._frames:
            self._started = True
            time = self._reading.time(picture)
            if time is None:
                time = 0.0 if self._last is None else self._last + _STILL
            if time < self._wanted - 0.001:
                continue
            if self._last is not None:
                self._step = max(0.001, time - self._last)
                self._clock += self._step
            self._last = time
            return picture
        return None
