"""What a full link does with the next item."""

from __future__ import annotations

import enum


class Overflow(enum.Enum):
    """The policy of a full link. Every item that it drops is counted."""

    BLOCK = "block"
    """The sender waits."""
    DROP_OLDEST = "drop_oldest"
    """The oldest item makes room: for live audio."""
    DROP_NEWEST = "drop_newest"
    """The new item is dropped."""
    LATEST = "latest"
    """Only the newest item is kept: for video and for reports."""
    ERROR = "error"
    """`LinkFullError` is raised in the sender: for control."""
