"""Errors of this API. Every class is also the built-in that the original raises or would."""

from __future__ import annotations

from typing import Final


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


PHONE: Final = (
    "not supported: dialling out, SIP and DTMF go through Daily's telephone network, and a room of "
    "your own has no line to one. Bring the caller in by a SIP-to-WebRTC gateway that joins the "
    "meeting's URL."
)
ENDPOINTS: Final = (
    "not supported: named endpoints are configured in a Daily domain. Give the addresses "
    "themselves: start_live_stream_with_rtmp_urls([...])."
)
LAYOUT: Final = (
    "not supported: the layout of a recording or stream is fixed when it starts. Stop it, and "
    "start another one with the new settings."
)
PROXY: Final = (
    "not supported: the way to the room goes without a proxy. Run where the room is reachable, or "
    "use the system's network settings."
)
