"""What happens in a running graph, as observers get it. Nothing that people said is in any."""

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
    """A new life is at work `after` seconds from the end of the last one."""

    life: int
    """The number of the life, from 1."""
    after: float


@attrs.frozen
class ActorStopped(Event):
    """An actor has ended for good."""

    life: int
    """The number of the life, from 1."""
    reason: str
    """Why."""


@attrs.frozen
class GroupDegraded(Event):
    """A group used up its budget: what is sent into it is discarded and counted until it is
    tried again in `retry_in` seconds."""

    retry_in: float
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
    """A turn and all older ones were ended; `dropped` items died in the links."""

    turn: int
    """The turn's number."""
    dropped: int


@attrs.frozen
class SpeechPaused(Event):
    """Play-out of a turn holds (`paused`) or goes on."""

    turn: int
    """The turn's number."""
    paused: bool


@attrs.frozen
class StopDelayed(Event):
    """An actor does not honour its cancellation; `stack` says where it is."""

    seconds: float
    """How long it has been so."""
    stack: str


@attrs.frozen
class LinkDropped(Event):
    """A link dropped items; `path` is the link's, `count` items since it last said so.

    The first of each cause is told at once, then at most once a second.
    """

    cause: str
    """Why they were dropped."""
    count: int


@attrs.frozen
class LoopStalled(Event):
    """One step of a task held up the whole loop."""

    seconds: float
    """How long, in real time."""
