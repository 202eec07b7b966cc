"""What the recorders have in common: a container that is flushed as it grows."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from media.errors import ClosedError


class Writing:
    """An output file with its streams. Every packet goes to the disk at once."""

    def __init__(
        self, path: str | os.PathLike[str], container_format: str, options: dict[str, str]
    ) -> None:
        self.path = Path(path)
        self._container: OutputContainer | None = av.open(
            str(self.path), "w", format=container_format, options={"flush_packets": "1", **options}
        )
        self._streams: list[AudioStream | VideoStream] = []

    @property
    def container(self) -> OutputContainer:
        """The open file; raises `ClosedError` after `close`."""
        if self._container is None:
            raise ClosedError(f"The recording {self.path.name} is closed: open a new one.")
        return self._container

    def add(self, stream: AudioStream | VideoStream) -> None:
        """Take a stream that is to be drained at the end."""
        self._streams.append(stream)

    def write_audio(self, stream: AudioStream, frame: av.AudioFrame) -> None:
        """Encode and write samples."""
        self.container.mux(stream.encode(frame))

    def write_video(self, stream: VideoStream, frame: av.VideoFrame) -> None:
        """Encode and write a picture."""
        self.container.mux(stream.encode(frame))

    def close(self) -> None:
        """Drain the encoders and close the file; harmless when repeated."""
        container = self._container
        if container is None:
            return
        try:
            for stream in self._streams:
                container.mux(stream.encode(None))
        finally:
            self._container = None
            container.close()
