"""The two ways to run the codec, behind one face: libopus itself, or PyAV where there is none."""

from __future__ import annotations

import ctypes
import warnings
from functools import lru_cache
from typing import Final, Protocol

import numpy as np

from media.audio_frame import Samples
from media.errors import OpusError
from media.opus.library import Binding, bound

LARGEST_PACKET: Final = 1275 * 6 + 7
"""Bytes: six frames of the largest size with their lengths, 120 ms in all."""

_RESET_STATE: Final = 4028
_GET_LOOKAHEAD: Final = 4027


class DecoderCore(Protocol):
    """Decodes one stream."""

    def run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        """Decode a payload to at most `samples`; with None or `fec` make exactly so many."""
        ...

    def reset(self) -> None:
        """Forget the stream."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class EncoderCore(Protocol):
    """Encodes one stream."""

    def run(self, samples: Samples) -> bytes:
        """Encode one packet."""
        ...

    def set(self, request: int, value: int) -> None:
        """Set one of libopus's numbered controls."""
        ...

    def lookahead(self) -> int:
        """Return by how many samples the output lags the input."""
        ...

    def reset(self) -> None:
        """Forget the stream."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class LibopusDecoder:
    """libopus's decoder, into a buffer of its own."""

    def __init__(self, opus: Binding, sample_rate: int, channels: int) -> None:
        self._opus = opus
        code = ctypes.c_int()
        self._state: int | None = opus.create_decoder(sample_rate, channels, ctypes.byref(code))
        if self._state is None:
            raise OpusError(f"libopus made no decoder: {opus.error(code.value)}.")
        self._scratch = np.empty((sample_rate * 120 // 1000, channels), np.int16)
        self._pointer = self._scratch.ctypes.data

    def run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        """Decode, restore or make up audio."""
        size = 0 if payload is None else len(payload)
        count = self._opus.decode(self._state, payload, size, self._pointer, samples, fec)
        if count < 0:
            raise OpusError(f"libopus refused a packet of {size} bytes: {self._opus.error(count)}.")
        return self._scratch[:count].copy()

    def reset(self) -> None:
        """Forget the stream."""
        self._opus.control_decoder(self._state, _RESET_STATE)

    def close(self) -> None:
        """Free the decoder; harmless when repeated."""
        state, self._state = self._state, None
        if state is not None:
            self._opus.destroy_decoder(state)

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self.close()


class LibopusEncoder:
    """libopus's encoder, from and into buffers of its own."""

    def __init__(self, opus: Binding, sample_rate: int, channels: int, application: int) -> None:
        self._opus = opus
        code = ctypes.c_int()
        self._state: int | None = opus.create_encoder(
            sample_rate, channels, application, ctypes.byref(code)
        )
        if self._state is None:
            raise OpusError(f"libopus made no encoder: {opus.error(code.value)}.")
        self._input = np.empty((sample_rate * 120 // 1000, channels), np.int16)
        self._pointer = self._input.ctypes.data
        self._output = ctypes.create_string_buffer(LARGEST_PACKET)
        self._view = memoryview(self._output)

    def run(self, samples: Samples) -> bytes:
        """Encode one packet."""
        n = len(samples)
        np.copyto(self._input[:n], samples)
        size = self._opus.encode(self._state, self._pointer, n, self._output, LARGEST_PACKET)
        if size < 0:
            raise OpusError(f"libopus did not encode {n} samples: {self._opus.error(size)}.")
        return self._view[:size].tobytes()

    def set(self, request: int, value: int) -> None:
        """Set a control."""
        code = self._opus.control_encoder(self._state, request, ctypes.c_int32(value))
        if code < 0:
            raise OpusError(
                f"libopus refused {value} (control {request}): {self._opus.error(code)}."
            )

    def lookahead(self) -> int:
        """Return by how many samples the output lags the input."""
        value = ctypes.c_int32()
        self._opus.control_encoder(self._state, _GET_LOOKAHEAD, ctypes.byref(value))
        return value.value

    def reset(self) -> None:
        """Forget the stream, not the settings."""
        self._opus.control_encoder(self._state, _RESET_STATE)

    def close(self) -> None:
        """Free the encoder; harmless when repeated."""
        state, self._state = self._state, None
        if state is not None:
            self._opus.destroy_encoder(state)

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self.close()


def open_decoder(sample_rate: int, channels: int) -> DecoderCore:
    """Return libopus's decoder, else PyAV's."""
    found = bound()
    if found is not None:
        return LibopusDecoder(found[0], sample_rate, channels)
    from media.opus.by_pyav import PyavDecoder  # noqa: PLC0415 - loads PyAV, 100 ms

    _say_so()
    return PyavDecoder(sample_rate, channels)


def open_encoder(sample_rate: int, channels: int, application: int) -> EncoderCore:
    """Return libopus's encoder, else PyAV's."""
    found = bound()
    if found is not None:
        return LibopusEncoder(found[0], sample_rate, channels, application)
    from media.opus.by_pyav import PyavEncoder  # noqa: PLC0415 - loads PyAV, 100 ms

    _say_so()
    return PyavEncoder(sample_rate, channels)


@lru_cache(maxsize=1)
def _say_so() -> None:
    warnings.warn(
        "No libopus was found, so PyAV's codec stands in: slower, and lost packets become "
        "silence. Install PyAV from its wheel, or the system's libopus.",
        RuntimeWarning,
        stacklevel=4,
    )
