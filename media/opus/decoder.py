"""Opus to samples: decoding, concealment, recovery from the next packet."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError, OpusError
from media.opus import packet
from media.opus.library import Stream

OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
"""The sample rates, in Hz, that Opus decodes to and encodes from."""


class OpusDecoder(Stream):
    """Decodes one Opus stream straight to the wanted rate and channels.

    A decoder has memory: give it every packet of one stream in order, and for a missing one call
    `recover` (when its successor is there) or `conceal`. Not for two threads at once. Raises
    `FormatError` for a rate that Opus lacks, `OpusError` where there is no libopus.
    """

    def __init__(self, sample_rate: int = 16000, channels: int = 1) -> None:
        check_opus_format(sample_rate, channels)
        super().__init__("decoder", channels, sample_rate, channels)
        self.sample_rate: Final = sample_rate
        self.channels: Final = channels
        self.clock_rate: Final = packet.CLOCK_RATE
        self._limit: Final = sample_rate * 120 // 1000
        self._step: Final = sample_rate // 400
        self._scratch: Final = np.empty((self._limit, channels), np.int16)
        self._pointer: Final = self._scratch.ctypes.data

    def decode(self, payload: bytes) -> Samples:
        """Return the packet's samples; raise `OpusError` when it is malformed."""
        if not payload:
            raise OpusError("An Opus packet of 0 bytes holds nothing; for a lost one: conceal().")
        return self._run(payload, self._limit, False)

    def conceal(self, samples: int) -> Samples:
        """Return `samples` (per channel, up to 120 ms) made up in place of lost ones.

        libopus works in steps of 2.5 ms: a length between is rounded up inside, and cut here.
        """
        return self._run(None, self._rounded(samples), False)[:samples]

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """Return `samples` before `next_payload` from its redundancy, where it has some.

        Where it has none libopus conceals. The next packet is still to be decoded afterwards.
        """
        return self._run(next_payload, self._rounded(samples), True)[:samples]

    duration = staticmethod(packet.duration)
    has_fec = staticmethod(packet.has_fec)

    def is_silence(self, payload: bytes) -> bool:
        """Tell whether the sender stops here until it has something to say (DTX).

        libopus's encoder marks that by a frame of no bytes after the table of contents.
        """
        return len(payload) <= 2

    def _rounded(self, samples: int) -> int:
        if not 0 < samples <= self._limit:
            raise FormatError(f"{samples} samples asked for; 1 to {self._limit} (120 ms) can be.")
        return -(-samples // self._step) * self._step

    def _run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        """Decode a payload to at most `samples`; with None or `fec` make exactly so many."""
        size = 0 if payload is None else len(payload)
        count = self._opus.decode(self._alive(), payload, size, self._pointer, samples, fec)
        if count < 0:
            raise self._error(count, f"refused a packet of {size} bytes")
        return self._scratch[:count].copy()


def check_opus_format(sample_rate: int, channels: int) -> None:
    """Raise `FormatError` unless Opus knows this rate and channel count."""
    if sample_rate not in OPUS_RATES:
        known = ", ".join(map(str, OPUS_RATES))
        raise FormatError(f"Opus has no sample rate of {sample_rate!r} Hz: use one of {known}.")
    if channels not in (1, 2):
        raise FormatError(f"Opus has no {channels!r} channels here: use 1 (mono) or 2 (stereo).")
