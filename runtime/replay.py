"""What a link hands again to the next life of its receiver."""

from __future__ import annotations

import enum


class Replay(enum.Enum):
    """Which items a link keeps after they were received."""

    TURN = "turn"
    """Those of the current turn, at most 30 s."""
