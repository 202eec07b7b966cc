"""Recording sound and picture as WebM (Opus and VP8), readable at any moment."""

from __future__ import annotations

import os
from fractions import Fraction
from types import TracebackType
from typing import Final, Self

import attrs

from media.audio_frame import Samples
from media.errors import FormatError
from media.files.track import AudioTrack
from media.files.writing import Writing
from media.formats import VIDEO_CLOCK_RATE, AudioFormat
from media.pyav import video_to_pyav
from media.video_frame import VideoFrame

_MILLISECOND: Final = Fraction(1, 1000)


@attrs.frozen
class VideoSize:
    """The size of a recording's pictures, and how many a second there are about."""

    width: int
    height: int
    frame_rate: int = 30


class WebmWriter:
    """Writes a WebM file with sound, pictures or both; a crash loses at most the last second.

    The sound runs on from the beginning, sample after sample; a picture stands where its `pts`
    says, counted from the first one. Bit rates in bit/s. It blocks (VP8 takes a few milliseconds a
    picture): write from a worker thread. Raises `FormatError` for frames of another format.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        audio: AudioFormat | None = None,
        video: VideoSize | None = None,
        audio_bitrate: int = 32000,
        video_bitrate: int = 1_000_000,
    ) -> None:
        if audio is None and video is None:
            raise FormatError("A recording needs audio=, video= or both.")
        self._size: Final = video
        # A cluster is written when it is full: a second of sound and picture at most.
        self._writing: Final = Writing(path, "webm", {"cluster_time_limit": "1000"})
        self._audio: Final = audio and AudioTrack(
            self._writing, audio.sample_rate, audio.channels, audio_bitrate
        )
        self._first: int | None = None
        self._latest = -1
        if video is not None:
            stream = self._writing.container.add_stream("libvpx", rate=video.frame_rate)
            stream.width, stream.height = video.width, video.height
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = _MILLISECOND
            stream.codec_context.bit_rate = video_bitrate
            stream.codec_context.gop_size = video.frame_rate * 2
            stream.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
            self._writing.add(stream)
            self._video = stream

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` to the sound."""
        if self._audio is None:
            raise FormatError("This recording has no sound: open it with audio=AudioFormat(...).")
        self._audio.write(samples)

    def write_picture(self, frame: VideoFrame) -> None:
        """Add a picture; one less than a millisecond after the last is left out."""
        size = self._size
        if size is None:
            raise FormatError("This recording has no pictures: open it with video=VideoSize(...).")
        if (frame.width, frame.height) != (size.width, size.height):
            raise FormatError(
                f"A picture of {frame.width}x{frame.height} came; "
                f"this recording's are {size.width}x{size.height}."
            )
        if self._first is None:
            self._first = frame.pts
        at = (frame.pts - self._first) * 1000 // VIDEO_CLOCK_RATE
        if at <= self._latest:
            return
        self._latest = at
        picture = video_to_pyav(frame)
        picture.pts, picture.time_base = at, _MILLISECOND
        self._writing.write_video(self._video, picture)

    def close(self) -> None:
        """Write what the encoders hold and close the file; harmless when repeated."""
        self._writing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
