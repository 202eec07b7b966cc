"""What a call raises. One tree: everything here is a `CallError`."""


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


class CallEnded(CallError):  # noqa: N818  (an end is no error: it is how a call finishes)
    """The call has ended: left, ejected, or the room is gone for good."""


class BadAddressError(CallError, ValueError):
    """A meeting's address is no `http(s)://HOST[:PORT]/ROOM`."""


class RoomError(CallError):
    """A room server cannot start or go on: its port, its certificate, its secret."""
