"""Recording speech as Ogg/Opus: a tenth of a WAV file's size, readable at any moment."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Final, Self

from media.audio_frame import Samples
from media.files.track import AudioTrack
from media.files.writing import Writing


class OggOpusWriter:
    """Writes int16 samples to an Ogg/Opus file; a crash loses at most the last 0.2 s.

    Any rate and channels that frames have; `bitrate` in bit/s. It blocks a little: write from a
    worker thread. Raises `FormatError` for samples of another shape, `OSError` from the disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        sample_rate: int,
        channels: int = 1,
        *,
        bitrate: int = 32000,
    ) -> None:
        # A page is written once it is full: 0.2 s a page is what can be lost.
        self._writing: Final = Writing(path, "ogg", {"page_duration": "200000"})
        self._track: Final = AudioTrack(self._writing, sample_rate, channels, bitrate)

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` (or `[n]` where mono)."""
        self._track.write(samples)

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._track.duration

    def close(self) -> None:
        """Write what the encoder holds and close the file; harmless when repeated."""
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
