"""What the jitter buffer asks of a codec."""

from __future__ import annotations

from typing import Protocol

from media.audio_frame import Samples


class Decoder(Protocol):
    """One stream's decoder; `media.opus.OpusDecoder` and `media.l16.L16Decoder` are two.

    All samples are int16 `[n, channels]` at `sample_rate`. What is malformed raises a
    `media.errors.MediaError`, which the buffer counts.
    """

    @property
    def sample_rate(self) -> int:
        """Samples a second of what it returns."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def clock_rate(self) -> int:
        """Ticks a second of the stream's RTP time stamps."""
        ...

    def duration(self, payload: bytes) -> int:
        """Return a payload's length in ticks, without decoding it."""
        ...

    def decode(self, payload: bytes) -> Samples:
        """Return a payload's samples."""
        ...

    def conceal(self, samples: int) -> Samples:
        """Return so many samples in place of lost ones."""
        ...

    def has_fec(self, payload: bytes) -> bool:
        """Tell whether a payload carries its predecessor's audio too."""
        ...

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """Return the samples before `next_payload`, from its redundancy."""
        ...

    def is_silence(self, payload: bytes) -> bool:
        """Tell whether the sender may send nothing after this payload, on purpose (DTX)."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...
