"""Errors of calls, devices and stages: one tree under `CallError`."""

from __future__ import annotations


class CallError(Exception):
    """The base of everything that a call, its devices, its stages and its room raise."""


class EngineError(CallError):
    """The media engine could not start, has ended, or did not end in time."""


class MediaError(CallError):
    """The media with one participant could not be set up or broke down."""


class UnreachableError(CallError):
    """Nobody answers at the meeting's address."""


class RefusedError(CallError):
    """The room refused to let somebody in.

    Attributes:
        code: the room's word for the reason, such as `room_full` (docs/protocol.md lists all).
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Refused(CallError):
    """An agent's own no: raised in `agent(call)`, it leaves the room without an agent.

    The message is the reason, for the log. (`RefusedError` is the room's no.)
    """


class CallEnded(CallError):
    """The call has ended: left, ejected, or the room is gone for good."""


class BadAddressError(CallError, ValueError):
    """A meeting's address is no `http(s)://HOST[:PORT]/ROOM`."""


class RoomError(CallError):
    """A room server cannot start or go on: its port, its certificate, its secret."""


class DeviceError(CallError):
    """A virtual device was used in a way that it does not allow."""


class DeviceFormatError(DeviceError, ValueError):
    """A device was asked for with a rate, channels, size or colour format that there is not."""


class FrameSizeError(DeviceError, ValueError):
    """Data is not of the device's size: half a sample, a short picture, too many frames."""


class DuplicateNameError(DeviceError, ValueError):
    """A device of this kind and name exists already."""


class DeviceClosedError(DeviceError):
    """A device was used after it had been closed."""


class DeviceBusyError(DeviceError):
    """A device is attached to a call, and was to be attached to another."""


class EngineMissingError(CallError):
    """A part of an embedded engine is not installed; the message says what to install."""


class EngineFailedError(CallError):
    """An engine broke its promise: no end, a wrong format, audio at another rate."""


def name(error: Exception) -> str:
    """Return what a log may say of an error: its type, never its message."""
    return type(error).__name__
