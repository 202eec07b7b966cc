"""Opus to samples: decoding, concealment, recovery from the next packet."""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Final, Self

import numpy as np

from media.audio_frame import Samples
from media.errors import ClosedError, FormatError, OpusError
from media.opus import packet
from media.opus.library import bound

OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
"""The sample rates, in Hz, that Opus decodes to and encodes from."""

_RESET_STATE: Final = 4028


class OpusDecoder:
    """Decodes one Opus stream straight to the wanted rate and channels.

    A decoder has memory: give it every packet of one stream in order, and for a missing one call
    `recover` (when its successor is there) or `conceal`. Not for two threads at once. Raises
    `FormatError` for a rate that Opus lacks.
    """

    def __init__(self, sample_rate: int = 16000, channels: int = 1) -> None:
        check_opus_format(sample_rate, channels)
        self.sample_rate: Final = sample_rate
        self.channels: Final = channels
        self.clock_rate: Final = packet.CLOCK_RATE
        found = bound()
        if found is None:
            raise OpusError("No libopus was found: install PyAV's wheel or the system's libopus.")
        self._opus = found[0]
        code = ctypes.c_int()
        self._state: int | None = self._opus.create_decoder(
            sample_rate, channels, ctypes.byref(code)
        )
        if self._state is None:
            raise OpusError(f"libopus made no decoder: {self._opus.error(code.value)}.")
        self._limit = sample_rate * 120 // 1000
        self._scratch = np.empty((self._limit, channels), np.int16)
        self._pointer = self._scratch.ctypes.data

    def decode(self, payload: bytes) -> Samples:
        """Return the packet's samples; raise `OpusError` when it is malformed."""
        if not payload:
            raise OpusError("An Opus packet of 0 bytes holds nothing; for a lost one: conceal().")
        return self._run(payload, self._limit, 0)

    def conceal(self, samples: int) -> Samples:
        """Return `samples` (per channel) made up in place of lost ones.

        libopus works in steps of 2.5 ms: a length between is rounded up inside, and cut here.
        """
        step = self.sample_rate // 400
        return self._run(None, -(-samples // step) * step, 0)[:samples]

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """Return `samples` before `next_payload` from its redundancy, where it has some.

        Where it has none libopus conceals. The next packet is still to be decoded afterwards.
        """
        step = self.sample_rate // 400
        return self._run(next_payload, -(-samples // step) * step, 1)[:samples]

    def duration(self, payload: bytes) -> int:
        """Return the packet's length in ticks of `clock_rate`; raise `OpusError`."""
        return packet.duration(payload)

    def has_fec(self, payload: bytes) -> bool:
        """Tell whether `recover` can do better than `conceal` with this packet."""
        return packet.has_fec(payload)

    def is_silence(self, payload: bytes) -> bool:
        """Tell whether the sender stops here until it has something to say (DTX).

        libopus's encoder marks that by a frame of no bytes after the table of contents.
        """
        return len(payload) <= 2

    def reset(self) -> None:
        """Forget the stream so far, as for a new one."""
        self._opus.control_decoder(self._alive(), _RESET_STATE)

    def _run(self, payload: bytes | None, samples: int, fec: int) -> Samples:
        if not 0 < samples <= self._limit:
            raise FormatError(f"{samples} samples asked for; 1 to {self._limit} (120 ms) can be.")
        size = 0 if payload is None else len(payload)
        count = self._opus.decode(self._alive(), payload, size, self._pointer, samples, fec)
        if count < 0:
            raise OpusError(f"libopus refused a packet of {size} bytes: {self._opus.error(count)}.")
        return self._scratch[:count].copy()

    def _alive(self) -> int:
        if self._state is None:
            raise ClosedError("This decoder is closed: make a new one.")
        return self._state

    def close(self) -> None:
        """Free the decoder; harmless when repeated."""
        state, self._state = self._state, None
        if state is not None:
            self._opus.destroy_decoder(state)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self.close()


def check_opus_format(sample_rate: int, channels: int) -> None:
    """Raise `FormatError` unless Opus knows this rate and channel count."""
    if sample_rate not in OPUS_RATES:
        known = ", ".join(map(str, OPUS_RATES))
        raise FormatError(f"Opus has no sample rate of {sample_rate!r} Hz: use one of {known}.")
    if channels not in (1, 2):
        raise FormatError(f"Opus has no {channels!r} channels here: use 1 (mono) or 2 (stereo).")
