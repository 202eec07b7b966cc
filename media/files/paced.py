"""Giving each frame when its time has come, without a clock of its own."""

from __future__ import annotations

from typing import Final, Generic, Protocol, TypeVar

from media.audio_frame import AudioFrame
from media.formats import VIDEO_CLOCK_RATE
from media.video_frame import VideoFrame

Frame = TypeVar("Frame", AudioFrame, VideoFrame)
Read_co = TypeVar("Read_co", AudioFrame, VideoFrame, covariant=True)


class Source(Protocol[Read_co]):
    """What gives frames one by one: `AudioFile`, `VideoFile`, or your own."""

    def read(self) -> Read_co | None:
        """Return the next frame, or None at the end."""
        ...


class Paced(Generic[Frame]):
    """Releases a source's frames in real time, judged by their `pts`.

    The caller asks with its own clock: `due(now)` gives what should have been played by `now` (s),
    and `next_due` tells when to ask again (None: at the end). The first call starts the clock.
    After a stall everything overdue comes at once; `skip=True` gives only the latest of it, which
    is what a camera wants.
    """

    def __init__(self, source: Source[Frame], *, skip: bool = False) -> None:
        self._source: Final = source
        self._skip: Final = skip
        self._origin: float | None = None
        self._next: Frame | None = None
        self.skipped = 0
        """Frames left out so far because a later one was due too."""

    def due(self, now: float) -> list[Frame]:
        """Return the frames whose time has come, earliest first."""
        if self._origin is None:
            self._next = self._source.read()
            self._origin = now if self._next is None else now - _seconds(self._next)
        frames: list[Frame] = []
        while self._next is not None and self._origin + _seconds(self._next) <= now + 1e-9:
            frames.append(self._next)
            self._next = self._source.read()
        if self._skip and len(frames) > 1:
            self.skipped += len(frames) - 1
            del frames[:-1]
        return frames

    @property
    def next_due(self) -> float | None:
        """When the next is due on the caller's clock; None before the start, and at the end."""
        if self._origin is None or self._next is None:
            return None
        return self._origin + _seconds(self._next)


def _seconds(frame: AudioFrame | VideoFrame) -> float:
    rate = frame.sample_rate if isinstance(frame, AudioFrame) else VIDEO_CLOCK_RATE
    return frame.pts / rate
