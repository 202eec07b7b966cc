"""WAV files: 16-bit PCM, read whole, written whole, and written bit by bit."""

from __future__ import annotations

import os
import struct
import wave
from pathlib import Path
from typing import Final

import numpy as np

from media.audio_frame import AudioFrame, Samples, with_two_dimensions
from media.closing import Closing
from media.errors import FormatError, NotAWavError
from media.formats import check_channels, check_sample_rate
from media.recording_file import RecordingFile

_HEADER_BYTES: Final = 44
_LARGEST_DATA: Final = 0xFFFF_FFFF - _HEADER_BYTES


def read_wav(path: str | os.PathLike[str]) -> AudioFrame:
    """Return the whole file as one frame.

    Takes 8-, 16-, 24- and 32-bit integer PCM, mono or stereo; a file cut off in the middle is
    read as far as it goes. Raises `NotAWavError` for anything else (`media.files` reads more
    kinds), `OSError` when there is no such file.
    """
    path = Path(path)
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        reason = str(error) or "it ends too early"
        raise NotAWavError(f"{path} is not a WAV file of integer PCM: {reason}.") from error
    try:
        check_sample_rate(rate)
        check_channels(channels)
        samples = _to_int16(data[: len(data) - len(data) % (width * channels)], width)
    except FormatError as error:
        raise NotAWavError(f"{path} cannot be used as it is. {error}") from error
    return AudioFrame(samples.reshape(-1, channels), rate)


def _to_int16(data: bytes, width: int) -> Samples:
    if width == 1:  # the only unsigned one
        return (np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8
    if width <= 4:
        upper = np.frombuffer(data, np.uint8).reshape(-1, width)[:, width - 2 :]
        return np.ascontiguousarray(upper).view("<i2").astype(np.int16, copy=False)
    raise FormatError(f"Its samples have {width} bytes; 1 to 4 can be read.")


def write_wav(path: str | os.PathLike[str], frame: AudioFrame) -> None:
    """Write a frame as a 16-bit WAV file, replacing what was there."""
    with WavWriter(path, frame.sample_rate, frame.channels) as writer:
        writer.write(frame.samples)


class WavWriter(Closing):
    """Writes a 16-bit WAV file bit by bit; what has been written is readable at any moment.

    The header's lengths follow every write, data first: a crash loses at most the piece in hand.
    Raises `FormatError` for samples of another shape or type, or beyond the 4 GB that a WAV file
    can hold.
    """

    def __init__(self, path: str | os.PathLike[str], sample_rate: int, channels: int = 1) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        """Hz."""
        self.channels: Final = check_channels(channels)
        """1 or 2."""
        self.path: Final = Path(path)
        """The file."""
        self._bytes = 0
        self._file: Final = RecordingFile(self.path, self._header())

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` (or `[n]` where mono)."""
        self._file.check_open()
        samples = with_two_dimensions(samples, self.channels)
        data = samples.astype("<i2", copy=False).tobytes()
        if self._bytes + len(data) > _LARGEST_DATA:
            raise FormatError("A WAV file holds at most 4 GB: open a new one.")
        self._file.append(data)
        self._bytes += len(data)
        self._file.mend(0, self._header())

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._bytes / (2 * self.channels * self.sample_rate)

    def _header(self) -> bytes:
        frame_bytes = 2 * self.channels
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", self._bytes + _HEADER_BYTES - 8, b"WAVE"),
            *(b"fmt ", 16, 1, self.channels, self.sample_rate),
            *(self.sample_rate * frame_bytes, frame_bytes, 16),
            *(b"data", self._bytes),
        )

    def close(self) -> None:
        """Bring the header up to date and close the file; harmless when repeated."""
        if not self._file.closed:
            try:
                self._file.mend(0, self._header())
            finally:
                self._file.close()
