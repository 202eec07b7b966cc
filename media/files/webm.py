"""Recording sound and picture as WebM (Opus and VP8), readable at any moment."""

from __future__ import annotations

import os
from typing import Final

import attrs

from media.audio_frame import Samples
from media.closing import Closing
from media.errors import FormatError
from media.files.matroska import Matroska, audio_track, video_track
from media.files.tracks import Coded, OpusTrack, Vp8Track
from media.formats import VIDEO_CLOCK_RATE, AudioFormat
from media.opus.packet import CLOCK_RATE
from media.video_frame import VideoFrame

_AUDIO, _VIDEO = 1, 2
"""The tracks' numbers."""

_PACKET: Final = 20
"""Milliseconds of an Opus packet."""


@attrs.frozen
class VideoSize:
    """The size of a recording's pictures, and how many a second there are about."""

    width: int
    height: int
    frame_rate: int = 30


class WebmWriter(Closing):
    """Writes a WebM file with sound, pictures or both; a crash loses at most the last 20 ms.

    The sound runs on from the beginning, sample after sample; a picture stands where its `pts`
    says, counted from the first one: neither waits for the other. Bit rates in bit/s. It blocks
    (VP8 takes a few milliseconds a picture): write from a worker thread. Raises `FormatError` for
    frames of another format, `OSError` from the disk.
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
        tracks: list[bytes] = []
        self._audio: OpusTrack | None = None
        if audio is not None:
            track = OpusTrack(audio.sample_rate, audio.channels, audio_bitrate)
            tracks.append(audio_track(_AUDIO, audio.channels, track.head, track.pre_skip))
            self._audio = track
        self._video: Vp8Track | None = None
        if video is not None:
            self._video = Vp8Track(video.width, video.height, video.frame_rate, video_bitrate)
            tracks.append(video_track(_VIDEO, video.width, video.height))
        self._blocks: Final = Matroska(path, tracks)
        self._packets = 0
        self._first: int | None = None
        self._latest = -1
        self.skipped = 0
        """Pictures left out: less than a millisecond after the last, or before it."""

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` to the sound."""
        if self._audio is None:
            raise FormatError("This recording has no sound: open it with audio=AudioFormat(...).")
        self._blocks.file.check_open()
        for packet in self._audio.encode(samples):
            self._write_sound(packet)

    def _write_sound(self, packet: bytes) -> None:
        self._blocks.write(_AUDIO, self._packets * _PACKET, packet, key=True)
        self._packets += 1

    def write_picture(self, frame: VideoFrame) -> None:
        """Add a picture; one less than a millisecond after the last is left out, and counted."""
        size = self._size
        if size is None or self._video is None:
            raise FormatError("This recording has no pictures: open it with video=VideoSize(...).")
        self._blocks.file.check_open()
        if (frame.width, frame.height) != (size.width, size.height):
            raise FormatError(
                f"A picture of {frame.width}x{frame.height} came; "
                f"this recording's are {size.width}x{size.height}."
            )
        if self._first is None:
            self._first = frame.pts
        at = (frame.pts - self._first) * 1000 // VIDEO_CLOCK_RATE
        if at <= self._latest:
            self.skipped += 1
            return
        self._latest = at
        self._write_pictures(self._video.encode(frame, at))

    def _write_pictures(self, pictures: list[Coded]) -> None:
        for time, data, key in pictures:
            self._blocks.write(_VIDEO, time, data, key=key, opens=key)

    @property
    def duration(self) -> float:
        """Seconds from the beginning to the end of the sound or to the last picture."""
        sound = self._audio.duration if self._audio else 0.0
        return max(sound, self._latest / 1000)

    def close(self) -> None:
        """Write what the encoders hold and close the file; harmless when repeated."""
        if self._blocks.file.closed:
            return
        try:
            if self._video is not None:
                self._write_pictures(self._video.finish())
            if self._audio is not None:
                packets, excess = self._audio.finish()
                for packet in packets[:-1]:
                    self._write_sound(packet)
                padding = excess * 1_000_000_000 // CLOCK_RATE
                self._blocks.write_last(_AUDIO, self._packets * _PACKET, packets[-1], padding)
        finally:
            self._blocks.close(round(self.duration * 1000))
            if self._audio is not None:
                self._audio.close()
