"""Messages between a call and an agent: chat, events for pages, pictures, what was played."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

import attrs

from actors import protocol
from actors.protocol import Json, Participant
from media import VideoFrame
from media.video_frame import Pixels


@attrs.frozen
class ChatMessage:
    """Any JSON from one participant.

    Attributes:
        sender: the participant's id.
        data: what was sent. `{"chat": TEXT}` is a line of the page's chat.
        to: our own id when it was meant for us alone, None when it went to everybody.
    """

    sender: str
    data: Json
    to: str | None = None

    @property
    def text(self) -> str | None:
        """The line of chat, or None when this is something else."""
        if isinstance(self.data, Mapping):
            line = cast("Mapping[str, Json]", self.data).get("chat")
            return line if isinstance(line, str) else None
        return None


@attrs.frozen
class Caption:
    """Somebody's words, as text.

    Attributes:
        participant: who; None for the agent itself.
        turn: a later caption of the same participant and turn replaces this one.
        text: the words.
        final: the words will not change any more.
        heard: the beginning of `text` that was really played; None for a person, and while it
            is not known.
    """

    participant: str | None
    turn: int
    text: str
    final: bool = False
    heard: str | None = None


@attrs.frozen
class State:
    """The state of the agent."""

    state: Literal["listening", "thinking", "speaking", "failed"]
    """What it is doing now."""


@attrs.frozen
class GraphReport:
    """A report on the graph behind the agent, for the page's backstage."""

    data: Mapping[str, Json]
    """Plain data, under 16 kB."""


@attrs.frozen
class ChatLine:
    """A line of chat from the agent.

    Attributes:
        text: the line.
        to: a participant's id; None: everybody.
    """

    text: str
    to: str | None = None


@attrs.frozen
class Recording:
    """Whether the agent records the call: every page shows it while it does."""

    on: bool
    """Whether it does."""


CallEvent = Caption | State | GraphReport | ChatLine | Recording


def to_protocol(event: CallEvent) -> protocol.ClientMessage:
    match event:
        case Caption():
            return protocol.Event(topic="caption", data=attrs.asdict(event))
        case State():
            return protocol.Event(topic="state", data={"state": event.state})
        case GraphReport():
            return protocol.Event(topic="graph", data=event.data)
        case ChatLine():
            return protocol.Message(data={"chat": event.text}, to=event.to)
        case Recording():
            return protocol.Update(recording=event.on)


WIRE_RATE = 48_000
"""Samples a second on the wire, in which played samples are counted."""


@attrs.frozen
class Played:
    """Speech of a turn as it was sent.

    Attributes:
        turn: whose speech it was.
        samples: samples of that turn sent so far.
        playing: whether more was sent just now; False when its queue ran dry, was held or
            flushed.
        at: when it was so, in seconds of Trio's clock.
        final: nothing more of this turn will be sent: it ended or was interrupted.
        sample_rate: samples a second.
    """

    turn: int
    samples: int
    playing: bool
    at: float
    final: bool = False
    sample_rate: int = WIRE_RATE

    @property
    def seconds(self) -> float:
        """Seconds of the turn's speech sent so far."""
        return self.samples / self.sample_rate


VideoKind: TypeAlias = str
"""`camera`, `screen`, or a custom track's `video:NAME`."""

VIDEO_KINDS: tuple[VideoKind, ...] = ("camera", "screen")


class Picture(VideoFrame):
    """A `VideoFrame` (I420) that also says what it shows.

    `source` is the participant's id. `pts` counts 1/90000 s of the call, as audio's `pts` counts
    samples.

    Attributes:
        kind: `camera` or `screen`, or `video:NAME` of a custom track.
    """

    __slots__ = ("kind",)

    def __init__(
        self,
        pixels: Pixels,
        width: int,
        height: int,
        pts: int = 0,
        *,
        source: str | None = None,
        kind: VideoKind = "camera",
    ) -> None:
        super().__init__(pixels, width, height, "I420", pts, source=source)
        self.kind: VideoKind = kind

    def of(self, participant: str, since: float) -> "Picture":
        """Return it as this participant's picture, its time counted from `since` (seconds)."""
        pts = max(0, self.pts - round(90_000 * since))
        return Picture(
            self.pixels, self.width, self.height, pts, source=participant, kind=self.kind
        )


@attrs.frozen
class ParticipantEvent:
    """Something about somebody else in the call.

    Attributes:
        kind: `joined` (or was there before us), `updated`, `left`; `connected` when media can
            flow, `disconnected` when it broke down and is being renewed.
        participant: as they are now, or were last.
        reason: why, for `left` (`left`, `lost`, `ejected`) and `disconnected` (a sentence).
    """

    kind: Literal["joined", "updated", "left", "connected", "disconnected"]
    participant: Participant
    reason: str = ""
