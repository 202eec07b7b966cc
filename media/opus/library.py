"""Finds libopus and calls it.

PyAV's wheels carry a libopus of their own, under another name on each system; it is preferred,
so that everybody runs the same version. Else the system's serves. The environment variable
CALLBOARD_LIBOPUS names another one by its path.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from media.closing import Closing
from media.errors import ClosedError, OpusError

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

        def function(name: str, result: type[Any], *arguments: type[Any]) -> Any:
            found = library[f"opus_{name}"]
            found.restype, found.argtypes = result, arguments
            return found

        self.version: Callable[[], bytes] = function("get_version_string", text)
        self.describe_error: Callable[[int], bytes] = function("strerror", text, number)
        self.decode: Callable[..., int] = function(
            "decode", number, pointer, text, wide, pointer, number, number
        )
        self.encode: Callable[..., int] = function(
            "encode", wide, pointer, pointer, number, pointer, wide
        )
        self.size: dict[str, Callable[[int], int]] = {}
        self.begin: dict[str, Callable[..., int]] = {
            "decoder": function("decoder_init", number, pointer, wide, number),
            "encoder": function("encoder_init", number, pointer, wide, number, number),
        }
        self.control: dict[str, Callable[..., int]] = {}
        for kind in self.begin:
            self.size[kind] = function(f"{kind}_get_size", number, number)
            # It takes one more argument. Its type is left open, so that ctypes uses the calling
            # convention for variadic functions, which differs on Apple's ARM.
            self.control[kind] = function(f"{kind}_ctl", number, pointer, number)


def _candidates() -> Iterator[tuple[str, bool]]:
    if chosen := os.environ.get("CALLBOARD_LIBOPUS"):
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


@lru_cache(maxsize=1)
def bound() -> tuple[Binding, Library]:
    """Return the binding that this process uses; raise `OpusError` where there is no libopus."""
    for path, from_wheel in _candidates():
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
    raise OpusError(
        "No libopus was found: install PyAV from its wheel, or the system's libopus, or name one "
        "by its path in CALLBOARD_LIBOPUS."
    )


def library() -> Library:
    """Return which libopus is in use; raise `OpusError` where there is none."""
    return bound()[1]


_RESET_STATE: Final = 4028


class Stream(Closing):
    """A decoder's or encoder's memory in libopus, up to `close`."""

    def __init__(self, kind: Literal["decoder", "encoder"], channels: int, *settings: int) -> None:
        self._kind: Final = kind
        self._opus: Final = bound()[0]
        self._state: ctypes.Array[ctypes.c_char] | None = ctypes.create_string_buffer(
            self._opus.size[kind](channels)
        )
        code = self._opus.begin[kind](self._state, *settings)
        if code < 0:
            raise self._error(code, f"made no {kind}")

    def _alive(self) -> ctypes.Array[ctypes.c_char]:
        if self._state is None:
            raise ClosedError(f"This {self._kind} is closed: make a new one.")
        return self._state

    def control(self, request: int, *argument: object) -> None:
        """Call one of libopus's numbered controls: a number is a C int."""
        code = self._opus.control[self._kind](self._alive(), request, *argument)
        if code < 0:
            told = "".join(map(str, argument)) or "it"
            raise self._error(code, f"refused {told} (control {request})")

    def _error(self, code: int, what: str) -> OpusError:
        return OpusError(f"libopus {what}: {self._opus.describe_error(code).decode()}.")

    def reset(self) -> None:
        """Forget the stream so far, as for a new one, and keep the settings."""
        self.control(_RESET_STATE)

    def close(self) -> None:
        """Drop the memory; harmless when repeated."""
        self._state = None
