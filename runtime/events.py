"""Events of a running graph, as observers get them. None holds what people said."""

from __future__ import annotations

import attrs

from runtime.crash_report import CrashReport


@attrs.frozen
class Event:
    """Base of all events of a running graph."""

    at: float
    """When, in seconds of Trio's clock."""
    path: str
    """The actor, group or link that it happened to."""


@attrs.frozen
class ActorStarted(Event):
    """A life begins."""

    life: int
    """The number of the life, from 1."""


@attrs.frozen
class ActorReady(Event):
    """A life called `ctx.ready()`."""

    life: int
    """The number of the life, from 1."""


@attrs.frozen
class ActorCrashed(Event):
    """A life ended by an exception."""

    life: int
    """The number of the life, from 1."""
    report: CrashReport
    """Everything known of the crash."""


@attrs.frozen
class ActorRestarted(Event):
    """A new life is at work."""

    life: int
    """The number of the life, from 1."""
    after: float
    """Seconds since the end of the last life."""


@attrs.frozen
class ActorStopped(Event):
    """An actor has ended for good."""

    life: int
    """The number of the life, from 1."""
    reason: str
    """Why."""


@attrs.frozen
class GroupDegraded(Event):
    """A group used up its budget: what is sent into it is discarded and counted meanwhile."""

    retry_in: float
    """Seconds until it is tried again."""
    cause: str = ""
    """The type of the last crash's exception."""


@attrs.frozen
class GroupRecovered(Event):
    """A degraded group runs again."""


@attrs.frozen
class TurnBegan(Event):
    """A new turn of the conversation was given out."""

    turn: int
    """The turn's number."""


@attrs.frozen
class TurnInterrupted(Event):
    """A turn and all older ones were ended."""

    turn: int
    """The turn's number."""
    dropped: int
    """Items that died in the links."""


@attrs.frozen
class SpeechPaused(Event):
    """Play-out of a turn holds or goes on."""

    turn: int
    """The turn's number."""
    paused: bool
    """True: it holds; False: it goes on."""


@attrs.frozen
class StopDelayed(Event):
    """An actor does not honour its cancellation."""

    seconds: float
    """How long it has been so."""
    stack: str
    """Where it is."""


@attrs.frozen
class LinkDropped(Event):
    """A link dropped items; `path` is the link's.

    The first of each cause is told at once, then at most once a second.
    """

    cause: str
    """Why they were dropped."""
    count: int
    """Items since the link last said so."""


@attrs.frozen
class LoopStalled(Event):
    """One step of a task held up the whole loop."""

    seconds: float
    """How long, in real time."""
