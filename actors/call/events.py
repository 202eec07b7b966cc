"""What an agent tells the pages in its call, through the `events` inlet of `Call`."""

from collections.abc import Mapping
from typing import Literal

import attrs

from actors.call import protocol
from actors.call.protocol import Json


@attrs.frozen
class Caption:
    """What somebody said, as text.

    Attributes:
        participant: who; None for the agent itself.
        turn: a later caption of the same participant and turn replaces this one.
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
    """What the agent is doing."""

    state: Literal["listening", "thinking", "speaking", "failed"]


@attrs.frozen
class GraphReport:
    """What runs behind the agent, for the page's backstage: plain data, under 16 kB."""

    data: Mapping[str, Json]


@attrs.frozen
class ChatLine:
    """A line of chat from the agent: to everybody, or to the participant `to` alone."""

    text: str
    to: str | None = None


@attrs.frozen
class Recording:
    """Whether the agent records the call: every page shows it while it does."""

    on: bool


CallEvent = Caption | State | GraphReport | ChatLine | Recording


def to_protocol(event: CallEvent) -> protocol.ClientMessage:
    """The event as it travels."""
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
