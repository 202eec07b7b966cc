"""Messages that travel both ways; what the room passes on says by `sender` whom it is from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import attrs

from actors.protocol import limits
from actors.protocol.fields import Fields, Json, ProtocolError, Readable, by, dump, optional_text
from actors.protocol.participant import Track, read_changes, read_tracks

TOPICS = ("caption", "state", "graph")
ID = optional_text(limits.ID_LENGTH)


def _read_description(fields: Fields, name: str) -> Mapping[str, Json]:
    description = fields.fields(name)
    if description.text("type", 16) not in ("offer", "answer"):
        raise ProtocolError("bad_message", "A description's type must be offer or answer.")
    description.text("sdp", limits.MESSAGE_BYTES)
    return fields.mapping(name)


def _read_topic(fields: Fields, name: str) -> str:
    topic = fields.text(name, 16)
    if topic not in TOPICS:
        raise ProtocolError("bad_message", "An event's topic must be caption, state or graph.")
    return topic


def _read_switched_off(fields: Fields, name: str) -> Mapping[str, bool]:
    media = read_changes(fields, name)
    if any(media.values()):
        raise ProtocolError("bad_message", "Nobody's media is switched on by another.")
    return media


@attrs.frozen(kw_only=True)
class Signal(Readable):
    """A step of the WebRTC negotiation between two participants.

    Exactly one of `description`, `candidate` and `restart` is set; `attempt` counts their
    PeerConnections.
    """

    type: ClassVar = "signal"
    to: str | None = attrs.field(default=None, metadata=ID)
    sender: str | None = attrs.field(default=None, metadata=ID)
    attempt: int = attrs.field(default=0, metadata=by(Fields.count))
    description: Mapping[str, Json] | None = attrs.field(
        default=None, metadata=by(_read_description)
    )
    candidate: Mapping[str, Json] | None = attrs.field(default=None, metadata=by(Fields.mapping))
    restart: bool | None = None
    tracks: Mapping[str, Track] | None = attrs.field(default=None, metadata=by(read_tracks))

    @classmethod
    def read(cls, fields: Fields) -> Self:
        said = [name for name in ("description", "candidate", "restart") if name in fields]
        if len(said) != 1:
            raise ProtocolError(
                "bad_message", "A signal carries one of description, candidate and restart."
            )
        return super().read(fields)


@attrs.frozen(kw_only=True)
class Message(Readable):
    """Any JSON, to one participant or, without `to`, to everybody else."""

    type: ClassVar = "message"
    data: Json = attrs.field(metadata=by(Fields.raw))
    to: str | None = attrs.field(default=None, metadata=ID)
    sender: str | None = attrs.field(default=None, metadata=ID)


@attrs.frozen(kw_only=True)
class Event(Readable):
    """What an agent tells everybody: a caption, its state, its graph."""

    type: ClassVar = "event"
    topic: Literal["caption", "state", "graph"] = attrs.field(metadata=by(_read_topic))
    data: Mapping[str, Json] = attrs.field(metadata=by(Fields.mapping))
    sender: str | None = attrs.field(default=None, metadata=ID)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        event = super().read(fields)
        if event.topic == "graph" and len(dump(event.data).encode()) > limits.GRAPH_BYTES:
            raise ProtocolError("bad_message", f"A graph has at most {limits.GRAPH_BYTES} bytes.")
        return event


@attrs.frozen(kw_only=True)
class Admin(Readable):
    """An owner switches another's media off, or changes what it may send."""

    type: ClassVar = "admin"
    id: str | None = attrs.field(default=None, metadata=ID)
    sender: str | None = attrs.field(default=None, metadata=ID)
    media: Mapping[str, bool] = attrs.field(
        factory=dict[str, bool], metadata=by(_read_switched_off)
    )
    permissions: Mapping[str, bool] = attrs.field(
        factory=dict[str, bool], metadata=by(read_changes)
    )


@attrs.frozen(kw_only=True)
class Ping(Readable):
    """Are you there? The room's carry a newer resume key."""

    type: ClassVar = "ping"
    resume: str | None = attrs.field(default=None, metadata=optional_text(limits.TOKEN_LENGTH))


@attrs.frozen
class Pong(Readable):
    """Yes."""

    type: ClassVar = "pong"
