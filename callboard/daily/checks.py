"""Checks arguments where they come in: the caller's own line is the one that fails."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, ParamSpec, TypeVar, cast, get_args

from callboard.daily.errors import BadValueError
from media import SAMPLE_RATES, FormatError, picture_bytes

if TYPE_CHECKING:
    from typing_extensions import Buffer


DailyColor = Literal["RGBA", "BGRA", "ARGB", "ABGR", "RGB", "I420"]

COLORS: Final = cast("tuple[DailyColor, ...]", get_args(DailyColor))
LARGEST_SIDE: Final = 8192
LONGEST_READ: Final = 600
"""Seconds of audio that one read may ask for."""


def check_name(name: str) -> str:
    """A device's or a track's name: any text but none."""
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers are untyped)
        raise TypeError(f"a name is a str, not {type(name).__name__}.")
    if not name:
        raise BadValueError("a name has one character or more; this one is empty.")
    return name


def check_audio_format(sample_rate: int, channels: int) -> tuple[int, int]:
    """A rate and a number of channels that there are."""
    rate, count = check_sample_rate(sample_rate), operator.index(channels)
    if count not in (1, 2):
        raise BadValueError(f"channels is {count}; it must be 1 (mono) or 2 (stereo).")
    return rate, count


def check_sample_rate(sample_rate: int) -> int:
    rate = operator.index(sample_rate)
    if rate not in SAMPLE_RATES:
        known = ", ".join(map(str, SAMPLE_RATES))
        raise BadValueError(f"sample_rate is {rate}; it must be one of {known} Hz.")
    return rate


def check_color(color_format: str) -> DailyColor:
    """A colour format, in capitals as there."""
    if color_format not in COLORS:
        raise BadValueError(
            f"color_format is {color_format!r}; it must be one of {', '.join(COLORS)}."
        )
    return color_format


def check_picture(width: int, height: int, color_format: str) -> tuple[int, int, DailyColor]:
    """The size and colours of a camera's pictures."""
    color = check_color(color_format)
    sides = operator.index(width), operator.index(height)
    for name, side in zip(("width", "height"), sides, strict=True):
        if not 1 <= side <= LARGEST_SIDE:
            raise BadValueError(f"{name} is {side}; it must be 1 to {LARGEST_SIDE} pixels.")
    return *sides, color


def picture_of(frame: Buffer, width: int, height: int, color_format: DailyColor) -> bytes:
    """The bytes of one picture of just that size; they are copied unless they cannot change."""
    try:
        expected = picture_bytes(width, height, color_format)
    except FormatError as error:
        raise BadValueError(str(error)) from None
    data = frame if isinstance(frame, bytes) else memoryview(frame).tobytes()
    if len(data) != expected:
        raise BadValueError(
            f"frame size mismatch: expected {expected} bytes for {width}x{height} {color_format}, "
            f"got {len(data)}."
        )
    return data


def pcm_of(frames: Buffer, channels: int) -> bytes:
    """Whole samples of 16-bit PCM; they are copied unless they cannot change."""
    data = frames if isinstance(frames, bytes) else memoryview(frames).tobytes()
    if len(data) % (2 * channels):
        raise BadValueError(
            f"{len(data)} bytes are no whole number of 16-bit frames of {channels} channel(s): "
            f"write a multiple of {2 * channels} bytes."
        )
    return data


def check_num_frames(num_frames: int, sample_rate: int) -> int:
    """How many frames a read may ask for."""
    count = operator.index(num_frames)
    most = LONGEST_READ * sample_rate
    if not 0 <= count <= most:
        raise BadValueError(
            f"num_frames is {count}; it must be 0 to {most} (ten minutes): read in parts."
        )
    return count


P = ParamSpec("P")
R = TypeVar("R")


def also_spelled(**names: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Take the keyword `other` for the parameter that `names[other]` names, or ignore it for None.

    The signature that is shown stays that of the function.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        plain = cast("Callable[..., R]", function)

        @functools.wraps(function)
        def spelled(*args: object, **given: object) -> R:
            # The common call has no such keyword: one test and no copy.
            if not names.keys().isdisjoint(given):
                for other in names.keys() & given.keys():
                    value, name = given.pop(other), names[other]
                    if name is not None:
                        if name in given:
                            raise TypeError(f"{other} and {name} are the same: give one of them.")
                        given[name] = value
            return plain(*args, **given)

        return cast("Callable[P, R]", spelled)

    return decorate
