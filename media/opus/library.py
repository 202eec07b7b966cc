"""Finding libopus and calling it.

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
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import attrs

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
