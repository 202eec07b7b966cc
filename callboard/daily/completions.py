"""The functions that a user gives, to be called back."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from callboard.daily.data import AudioData, VideoFrame
from callboard.daily.shapes import Object

Done: TypeAlias = Callable[[str | None], object]
"""Takes the error of an operation, or None."""

DoneWithId: TypeAlias = Callable[[str | None, str | None], object]
"""Takes an id, or None and the error."""

Joined: TypeAlias = Callable[[Object | None, str | None], object]
"""Takes what `join` found, or None and the error."""

AudioCallback: TypeAlias = Callable[[str, AudioData, str], object]
"""Takes the participant's id, a piece of audio, and which of the participant's sources it is."""

VideoCallback: TypeAlias = Callable[[str, VideoFrame, str], object]
"""Takes the participant's id, a picture, and which of the participant's sources it is."""

F = TypeVar("F", bound=Callable[..., object])


def checked(function: F | None) -> F | None:
    """A function or None; anything else is the caller's mistake and raises `TypeError`."""
    if function is not None and not callable(function):
        raise TypeError(f"a function is called back, not {type(function).__name__}.")
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            "the function that is called back is async, and nobody would await it: give a plain "
            "one, for example one that calls loop.call_soon_threadsafe."
        )
    return function
