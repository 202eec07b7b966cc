"""Finds libopus and calls it; without one, PyAV runs the codec.

PyAV's wheels carry a libopus of their own, under another name on each system; it is preferred,
so that everybody runs the same version. Else the system's serves. The environment variable
CALLBOARD_LIBOPUS names another one by its path, or with `none` does without.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import attrs
import numpy as np

from media.audio_frame import Samples
from media.errors import OpusError

_IN_WHEEL: Final = (
    "av.libs/libopus-*.so*",  # auditwheel, Linux
    "av/.dylibs/libopus*.dylib",  # delocate, macOS
    "av.libs/*opus*.dll",  # delvewheel, Windows
)


@attrs.frozen
class Library:
    """The libopus in use: where it lies and what it calls itself."""

    path: str
    version: str
    from_wheel: bool
    """True for the one inside PyAV's wheel, False for the system's or a chosen one."""

    def __str__(self) -> str:
        origin = "PyAV's wheel" if self.from_wheel else "elsewhere"
        return f"{self.version} from {origin} ({self.path})"


class Binding:
    """libopus's functions with their C types.

    The interpreter lock is kept during a call (`PyDLL`): a call takes 20-300 µs, and beside a
    busy thread giving the lock away costs far more than that to get it back.
    """

    def __init__(self, path: str, *, keep_lock: bool = True) -> None:
        library = (ctypes.PyDLL if keep_lock else ctypes.CDLL)(path)
        pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        wide = ctypes.c_int32

        self.version = library.opus_get_version_string
        self.version.argtypes, self.version.restype = [], text
        self.describe_error = library.opus_strerror
        self.describe_error.argtypes, self.describe_error.restype = [number], text

        self.create_decoder = library.opus_decoder_create
        self.create_decoder.argtypes = [wide, number, ctypes.POINTER(number)]
        self.create_decoder.restype = pointer
        self.destroy_decoder = library.opus_decoder_destroy
        self.destroy_decoder.argtypes, self.destroy_decoder.restype = [pointer], None
        self.decode = library.opus_decode
        self.decode.argtypes = [pointer, text, wide, pointer, number, number]
        self.decode.restype = number

        self.create_encoder = library.opus_encoder_create
        self.create_encoder.argtypes = [wide, number, number, ctypes.POINTER(number)]
        self.create_encoder.restype = pointer
        self.destroy_encoder = library.opus_encoder_destroy
        self.destroy_encoder.argtypes, self.destroy_encoder.restype = [pointer], None
        self.encode = library.opus_encode
        self.encode.argtypes = [pointer, pointer, number, pointer, wide]
        self.encode.restype = wide

        # Both take one more argument. Its type is left open, so that ctypes uses the calling
        # convention for variadic functions, which differs on Apple's ARM.
        self.control_decoder = library.opus_decoder_ctl
        self.control_decoder.argtypes, self.control_decoder.restype = [pointer, number], number
        self.control_encoder = library.opus_encoder_ctl
        self.control_encoder.argtypes, self.control_encoder.restype = [pointer, number], number

    def error(self, code: int) -> str:
        """Return libopus's own words for an error code."""
        return self.describe_error(code).decode()


def _candidates() -> Iterator[tuple[str, bool]]:
    if chosen := os.environ.get("CALLBOARD_LIBOPUS"):
        if chosen != "none":
            yield chosen, False
        return
    found = importlib.util.find_spec("av")  # found, not imported: that costs 100 ms
    if found is not None and found.origin is not None:
        site = Path(found.origin).parent.parent
        for pattern in _IN_WHEEL:
            for path in sorted(site.glob(pattern)):
                yield str(path), True
    if name := ctypes.util.find_library("opus"):
        yield name, False


def _bind(candidates: Iterator[tuple[str, bool]]) -> tuple[Binding, Library] | None:
    for path, from_wheel in candidates:
        try:
            if sys.platform == "win32":
                # The wheel's libraries need one another, and Windows looks beside none of them.
                with os.add_dll_directory(str(Path(path).parent)):
                    binding = Binding(path)
            else:
                binding = Binding(path)
        except (OSError, AttributeError):
            continue  # it does not load, or is no libopus: the next one may
        return binding, Library(path, binding.version().decode(), from_wheel)
    return None


@lru_cache(maxsize=1)
def bound() -> tuple[Binding, Library] | None:
    """Return the binding that this process uses, or None where there is no libopus."""
    return _bind(_candidates())


def library() -> Library | None:
    """Return which libopus is in use; None means that PyAV's codec stands in, slower."""
    found = bound()
    return found[1] if found else None


LARGEST_PACKET: Final = 1275 * 6 + 7
"""Bytes: six frames of the largest size with their lengths, 120 ms in all."""

_RESET_STATE: Final = 4028
_GET_LOOKAHEAD: Final = 4027


class DecoderCore(Protocol):
    """Decodes one stream."""

    def run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        """Decode a payload to at most `samples`; with None or `fec` make exactly so many."""
        ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


class EncoderCore(Protocol):
    """Encodes one stream."""

    def run(self, samples: Samples) -> bytes: ...

    def set(self, request: int, value: int) -> None:
        """Set one of libopus's numbered controls."""

    def lookahead(self) -> int:
        """Return by how many samples the output lags the input."""
        ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


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
        size = 0 if payload is None else len(payload)
        count = self._opus.decode(self._state, payload, size, self._pointer, samples, fec)
        if count < 0:
            raise OpusError(f"libopus refused a packet of {size} bytes: {self._opus.error(count)}.")
        return self._scratch[:count].copy()

    def reset(self) -> None:
        self._opus.control_decoder(self._state, _RESET_STATE)

    def close(self) -> None:
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
        self._opus.control_encoder(self._state, _RESET_STATE)

    def close(self) -> None:
        state, self._state = self._state, None
        if state is not None:
            self._opus.destroy_encoder(state)

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self.close()


def open_decoder(sample_rate: int, channels: int) -> DecoderCore:
    found = bound()
    if found is not None:
        return LibopusDecoder(found[0], sample_rate, channels)
    from media.opus.by_pyav import PyavDecoder  # noqa: PLC0415 - loads PyAV, 100 ms

    _say_so()
    return PyavDecoder(sample_rate, channels)


def open_encoder(sample_rate: int, channels: int, application: int) -> EncoderCore:
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
