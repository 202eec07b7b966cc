"""One sound track of a recording, as Opus."""

from __future__ import annotations

from typing import Final

import av
import numpy as np

from media.audio_frame import AudioFrame, Samples
from media.errors import FormatError
from media.files.writing import Writing
from media.formats import check_channels, check_sample_rate
from media.pyav import audio_to_pyav

_OPUS_RATE: Final = 48000


class AudioTrack:
    """Encodes samples into a file that is being written."""

    def __init__(self, writing: Writing, sample_rate: int, channels: int, bitrate: int) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        self.channels: Final = check_channels(channels)
        self._writing: Final = writing
        layout = "mono" if channels == 1 else "stereo"
        if "libopus" in av.codecs_available:
            stream = writing.container.add_stream("libopus", rate=_OPUS_RATE, layout=layout)
        else:  # FFmpeg's own encoder, which it calls experimental
            stream = writing.container.add_stream(
                "opus", rate=_OPUS_RATE, layout=layout, options={"strict": "experimental"}
            )
        stream.codec_context.bit_rate = bitrate
        self._stream: Final = stream
        writing.add(stream)
        self._written = 0

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` (or `[n]` where mono)."""
        channels = samples.shape[1] if samples.ndim == 2 else 1 if samples.ndim == 1 else 0
        if samples.dtype != np.int16 or channels != self.channels:
            raise FormatError(
                f"Samples of {samples.dtype} and shape {samples.shape} came; "
                f"they must be int16 [n, {self.channels}]."
            )
        if not len(samples):
            return
        frame = AudioFrame(samples[:], self.sample_rate, self._written)
        self._writing.write_audio(self._stream, audio_to_pyav(frame))
        self._written += len(samples)

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._written / self.sample_rate
