"""What this API raises. Every class is also the built-in that the original raises or would."""

from __future__ import annotations


class DailyError(Exception):
    """The base of everything that `callboard.daily` raises by itself."""


class BadValueError(DailyError, ValueError):
    """An argument that cannot be meant: the text says what came and what would do."""


class ReleasedError(DailyError, RuntimeError):
    """The object was used after `release()`."""


class DeinitializedError(DailyError, RuntimeError):
    """The object was made before the last `Daily.deinit()`, or before this process was forked."""


class AlreadyInitializedError(DailyError, RuntimeError):
    """In strict mode: `Daily.init()` came a second time."""


class NotInitializedError(DailyError, RuntimeError):
    """In strict mode: `Daily.init()` did not come first."""


class UnknownDeviceError(DailyError, RuntimeError):
    """No device of that name and kind exists."""


class QueueFullError(DailyError, RuntimeError):
    """More audio waits to be played than a device holds."""


class NotSupportedError(DailyError, NotImplementedError):
    """What was asked for needs Daily's own network; the text says why."""
