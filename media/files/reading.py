"""Opens a file, runs through it, starts over, and gives each frame when its time has come."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Generic, Literal, Protocol, TypeVar, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from media.audio_frame import AudioFrame
from media.closing import Closing
from media.errors import ClosedError, NotAMediaFileError
from media.formats import VIDEO_CLOCK_RATE
from media.video_frame import VideoFrame

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false


Decoded = TypeVar("Decoded", av.AudioFrame, av.VideoFrame)
_MICROSECONDS = 1_000_000  # FFmpeg's AV_TIME_BASE, in which a container is sought


class Reading(Generic[Decoded]):
    """One stream of one file, decoded frame by frame, from any place on.

    Raises `NotAMediaFileError` for what FFmpeg does not read or that lacks such a stream, and
    `OSError` where there is no file.
    """

    def __init__(self, path: str | os.PathLike[str], kind: Literal["audio", "video"]) -> None:
        self.path = Path(path)
        self._kind: Literal["audio", "video"] = kind
        self._container: InputContainer | None = None
        self._stream = stream = self._begin()
        base = stream.time_base
        self._start = float((stream.start_time or 0) * base) if base else 0.0
        self.duration: float | None = None
        """Seconds, where the file tells."""
        if stream.duration and base:
            self.duration = float(stream.duration * base)
        elif self._open().duration:
            self.duration = (self._open().duration or 0) / _MICROSECONDS

    def _begin(self) -> AudioStream | VideoStream:
        """Open the file and return its stream."""
        try:
            container = av.open(str(self.path), "r")
        except FFmpegError as error:
            if isinstance(error, OSError) and not isinstance(error, ValueError):
                raise
            raise NotAMediaFileError(
                f"{self.path} is no sound or film that FFmpeg reads: {error.strerror}."
            ) from error
        audio, video = container.streams.audio, container.streams.video
        streams = audio if self._kind == "audio" else video
        if not streams:
            container.close()
            raise NotAMediaFileError(f"{self.path} holds no {self._kind}.")
        self._container = container
        self._fresh = True
        return streams[0]

    def rewind(self) -> None:
        """Start over, exactly as at first: seeking to 0 leaves some codecs a little off."""
        self._open()
        if not self._fresh:
            self.close()
            self._stream = self._begin()

    def time(self, frame: Decoded) -> float | None:
        """Return a frame's place in the file in seconds, where the file tells."""
        pts, base = frame.pts, frame.time_base
        return None if pts is None or base is None else float(pts * base) - self._start

    def seek(self, seconds: float) -> None:
        """Go to the last place before `seconds` at which decoding can begin."""
        container = self._open()
        self._fresh = False
        try:
            container.seek(int((seconds + self._start) * _MICROSECONDS), backward=True)
        except FFmpegError as error:
            raise NotAMediaFileError(f"{self.path} cannot be sought: {error.strerror}.") from error

    def frames(self) -> Iterator[Decoded]:
        """Decode on from where the file stands; a frame that is damaged is skipped."""
        container = self._open()
        self._fresh = False
        packets = container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                return  # cut off in the middle of a packet: what came before has been given
            if packet is None:
                return
            try:
                decoded = cast("list[Decoded]", packet.decode())
            except FFmpegError:
                continue
            yield from decoded

    def _open(self) -> InputContainer:
        if self._container is None:
            raise ClosedError(f"{self.path.name} is closed: open it again.")
        return self._container

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()


Frame = TypeVar("Frame", AudioFrame, VideoFrame)


class FileSource(Closing, Generic[Frame, Decoded]):
    """A file that gives its frames one by one."""

    def __init__(
        self, path: str | os.PathLike[str], kind: Literal["audio", "video"], *, loop: bool
    ) -> None:
        self.loop: Final = loop
        self._reading: Final = Reading[Decoded](path, kind)

    @property
    def duration(self) -> float | None:
        """Seconds, where the file tells."""
        return self._reading.duration

    def read(self) -> Frame | None:
        """Return the next frame, or None at the end."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Frame]:
        """Read to the end (with `loop`: without one)."""
        while (frame := self.read()) is not None:
            yield frame

    def close(self) -> None:
        self._reading.close()


Read_co = TypeVar("Read_co", AudioFrame, VideoFrame, covariant=True)


class Source(Protocol[Read_co]):
    """Gives frames one by one: `AudioFile`, `VideoFile`, or your own."""

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
