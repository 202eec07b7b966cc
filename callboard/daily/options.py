"""How this process wants the API to behave."""

from __future__ import annotations

import os
from typing import Final

import attrs

ROOM_VARIABLE: Final = "CALLBOARD_ROOM_URL"


@attrs.frozen
class Options:
    """What `callboard daily` and `install` choose.

    Attributes:
        room: the server, or the meeting, that stands for every `https://NAME.daily.co/ROOM`; None
            opens a room in this process.
        strict: behave as the original where this API is kinder: a device in no call returns 0 or
            b"" at once, and `Daily.init()` has to come first and only once (here: an error).
        host: where an embedded room binds.
        port: its port; 0 takes any free one. A port that is taken is replaced by a free one.
    """

    room: str | None = None
    strict: bool = False
    host: str = "127.0.0.1"
    port: int = 0

    @classmethod
    def from_environment(cls) -> Options:
        """The defaults, and the room in CALLBOARD_ROOM_URL."""
        return cls(room=os.environ.get(ROOM_VARIABLE) or None)
