"""Kinds of links: how much each holds, and what gives way when it is full."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from runtime.marks import Replay


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


@attrs.frozen
class LinkDefaults:
    """What a link is where neither the wire nor the ports say."""

    capacity: int
    overflow: Overflow


class Kind(enum.Enum):
    """The kind of items in a link: it says how much the link holds, and what a full one does."""

    LIVE = LinkDefaults(5, Overflow.DROP_OLDEST)
    """Live audio: late is worthless. Five frames of each source."""
    PICTURES = LinkDefaults(1, Overflow.LATEST)
    """Video: only the newest frame counts."""
    SPEECH = LinkDefaults(3, Overflow.BLOCK)
    """Audio that an agent makes: the voice is at most 3 x 20 ms ahead of play-out."""
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
        """The policy of a full link of this kind."""
        return self.value.overflow


FormatOf: TypeAlias = "object | tuple[object, ...] | Callable[[Any], object] | None"
"""A format, several of which any will do, or a function of the actor that returns either.

The function's argument is the actor itself, of the class that declares the port; no type can say
that here.
"""


@attrs.frozen
class InletOptions:
    """What a class says of an inlet; a wire may say otherwise for its link."""

    optional: bool = False
    capacity: int | None = None
    overflow: Overflow | None = None
    max_age: float | None = None
    replay: Replay | None = None
    format: FormatOf = None
    kind: Kind | None = None
    missed: str | None = None
    """What a graph that speaks lacks while nothing is wired here."""


class SpeechRole(enum.Enum):
    """The part of an outlet in an agent's speech, which interrupting a turn drops."""

    BEGINS = "begins"
    """Speech begins here: a reply's text, say."""
    PASSES = "passes"
    """What came in as speech goes out as speech."""
    ENDS = "ends"
    """What goes out is no speech: reports, captions, other people's audio."""


@attrs.frozen
class OutletOptions:
    """What a class says of an outlet."""

    speech: SpeechRole = SpeechRole.PASSES
    capacity: int | None = None
    overflow: Overflow | None = None
    format: FormatOf = None
    kind: Kind | None = None
