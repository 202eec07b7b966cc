"""What stages raise. Part of the one tree under `actors.errors.CallError`."""

from __future__ import annotations

from actors.errors import CallError


class EngineMissingError(CallError):
    """A part of an embedded engine is not installed; the message says what to install."""


class EngineFailedError(CallError):
    """An engine broke its promise: no end, a wrong format, audio at another rate."""


def name(error: Exception) -> str:
    """Return what a log may say of an error: its type, never its message."""
    return type(error).__name__
