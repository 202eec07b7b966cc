"""What reading sound and reading pictures have in common: opening, running, starting over."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, Literal, TypeVar, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from media.errors import ClosedError, NotAMediaFileError

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
        """Close the file; harmless when repeated."""
        container, self._container = self._container, None
        if container is not None:
            container.close()
