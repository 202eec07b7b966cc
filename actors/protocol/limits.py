"""The numbers of the protocol, in one place for both sides."""

from __future__ import annotations

import re

SUBPROTOCOL = "callboard.1"
ROOM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

MESSAGE_BYTES = 64 * 1024
# A `joined` carries up to 6 participants with their data, and whatever is added for its receiver.
SERVER_MESSAGE_BYTES = 256 * 1024
NESTING = 32
NAME_LENGTH = 64
ID_LENGTH = 64
TOKEN_LENGTH = 8 * 1024
USER_DATA_BYTES = 4 * 1024
GRAPH_BYTES = 16 * 1024
TRACKS = 16

JOIN_WITHIN = 10.0
PING_EVERY = 15.0
SILENT_FOR = 30.0
LEAVE_AFTER = 15.0
RESUME_WITHIN = 60.0
PARTICIPANTS = 6


def is_room_name(text: str) -> bool:
    """Whether a room can be called `text`."""
    return ROOM_NAME.fullmatch(text) is not None
