"""Links by what flows in them: how much a link holds, and what gives way when it is full."""

from __future__ import annotations

import enum

import attrs

from runtime.overflow import Overflow


@attrs.frozen
class LinkDefaults:
    """What a link is where neither the wire nor the ports say."""

    capacity: int
    overflow: Overflow


class Kind(enum.Enum):
    """What flows in a link."""

    LIVE = LinkDefaults(5, Overflow.DROP_OLDEST)
    """Live audio: late is worthless. Five frames of each source."""
    PICTURES = LinkDefaults(1, Overflow.LATEST)
    """Video: only the newest frame counts."""
    SPEECH = LinkDefaults(3, Overflow.BLOCK)
    """Audio that an agent makes: the voice waits for whoever plays it, 3 x 20 ms ahead."""
    EVENTS = LinkDefaults(16, Overflow.BLOCK)
    """Text and events: nothing is lost, the sender waits."""
    CONTROL = LinkDefaults(64, Overflow.ERROR)
    """Orders: 64 that nobody took are an error."""

    @property
    def capacity(self) -> int:
        """Items that a link of this kind holds."""
        return self.value.capacity

    @property
    def overflow(self) -> Overflow:
        """What a full link of this kind does."""
        return self.value.overflow
