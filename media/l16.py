"""Uncompressed audio as a codec: 16-bit samples, interleaved, as RTP's L16 but little-endian.

It costs nothing to code, which virtual time uses; on a real network it takes 256 kbit/s and more.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels, check_sample_rate


class L16Decoder:
    """Reads payloads of little-endian 16-bit samples; what is lost becomes silence.

    `channels` is that of the payloads and of the output. The time stamps count samples.
    """

    def __init__(self, sample_rate: int = 16000, channels: int = 1) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        self.channels: Final = check_channels(channels)

    @property
    def clock_rate(self) -> int:
        """Ticks a second: one a sample."""
        return self.sample_rate

    def duration(self, payload: bytes) -> int:
        """Return how many samples a payload holds; raise `FormatError` for a broken one."""
        count, rest = divmod(len(payload), 2 * self.channels)
        if rest or not count:
            raise FormatError(
                f"A payload of {len(payload)} bytes came; it must be a positive multiple of "
                f"{2 * self.channels}."
            )
        return count

    def decode(self, payload: bytes) -> Samples:
        """View the payload as samples, without a copy."""
        self.duration(payload)
        return np.frombuffer(payload, "<i2").reshape(-1, self.channels)

    def conceal(self, samples: int) -> Samples:
        return np.zeros((samples, self.channels), np.int16)

    def has_fec(self, payload: bytes) -> bool:
        return False

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        return self.conceal(samples)

    def is_silence(self, payload: bytes) -> bool:
        return False

    def reset(self) -> None: ...

    def close(self) -> None: ...


class L16Encoder:
    """Writes samples as little-endian 16-bit payloads."""

    def __init__(self, sample_rate: int = 48000, channels: int = 1) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        self.channels: Final = check_channels(channels)

    def encode(self, samples: Samples) -> bytes:
        """Return the payload of int16 `[n, channels]`."""
        if samples.dtype != np.int16 or samples.shape != (len(samples), self.channels):
            raise FormatError(
                f"Samples of {samples.dtype} and shape {samples.shape} came; "
                f"they must be int16 [n, {self.channels}]."
            )
        return samples.astype("<i2", copy=False).tobytes()

    def close(self) -> None: ...
