"""Messages that travel both ways; what the room passes on says by `sender` whom it is from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import attrs

from actors.protocol import limits
from actors.protocol.fields import Fields, Json, ProtocolError, dump
from actors.protocol.participant import MEDIA_KINDS, Permissions, Track, read_changes, read_tracks

TOPICS = ("caption", "state", "graph")


@attrs.frozen(kw_only=True)
class Signal:
    """A step of the WebRTC negotiation between two participants.

    Exactly one of `description`, `candidate` and `restart` is set; `attempt` counts their
    PeerConnections.
    """

    type: ClassVar = "signal"
    to: str | None = None
    sender: str | None = None
    attempt: int = 0
    description: Mapping[str, Json] | None = None
    candidate: Mapping[str, Json] | None = None
    restart: bool | None = None
    tracks: Mapping[str, Track] | None = None

    @classmethod
    def read(cls, fields: Fields) -> Signal:
        said = [name for name in ("description", "candidate", "restart") if name in fields]
        if len(said) != 1:
            raise ProtocolError(
                "bad_message", "A signal carries one of description, candidate and restart."
            )
        if "description" in fields:
            description = fields.fields("description")
            if description.text("type", 16) not in ("offer", "answer"):
                raise ProtocolError("bad_message", "A description's type must be offer or answer.")
            description.text("sdp", limits.MESSAGE_BYTES)
        return cls(
            to=fields.optional_text("to", limits.ID_LENGTH),
            sender=fields.optional_text("from", limits.ID_LENGTH),
            attempt=fields.count("attempt"),
            description=fields.mapping("description") if "description" in fields else None,
            candidate=fields.mapping("candidate") if "candidate" in fields else None,
            restart=fields.flag("restart") if "restart" in fields else None,
            tracks=read_tracks(fields.fields("tracks")) if "tracks" in fields else None,
        )


@attrs.frozen(kw_only=True)
class Message:
    """Any JSON, to one participant or, without `to`, to everybody else."""

    type: ClassVar = "message"
    data: Json
    to: str | None = None
    sender: str | None = None

    @classmethod
    def read(cls, fields: Fields) -> Message:
        return cls(
            data=fields.raw("data"),
            to=fields.optional_text("to", limits.ID_LENGTH),
            sender=fields.optional_text("from", limits.ID_LENGTH),
        )


@attrs.frozen(kw_only=True)
class Event:
    """What an agent tells everybody: a caption, its state, its graph."""

    type: ClassVar = "event"
    topic: Literal["caption", "state", "graph"]
    data: Mapping[str, Json]
    sender: str | None = None

    @classmethod
    def read(cls, fields: Fields) -> Event:
        """From the fields of a message."""
        topic = fields.text("topic", 16)
        if topic not in TOPICS:
            raise ProtocolError("bad_message", "An event's topic must be caption, state or graph.")
        data = fields.mapping("data")
        if topic == "graph" and len(dump(data).encode()) > limits.GRAPH_BYTES:
            raise ProtocolError("bad_message", f"A graph has at most {limits.GRAPH_BYTES} bytes.")
        return cls(topic=topic, data=data, sender=fields.optional_text("from", limits.ID_LENGTH))


@attrs.frozen(kw_only=True)
class Admin:
    """An owner switches another's media off, or changes what it may send."""

    type: ClassVar = "admin"
    id: str | None = None
    sender: str | None = None
    media: Mapping[str, bool] = attrs.field(factory=dict[str, bool])
    permissions: Mapping[str, bool] = attrs.field(factory=dict[str, bool])

    @classmethod
    def read(cls, fields: Fields) -> Admin:
        media = read_changes(fields.fields("media"), MEDIA_KINDS)
        if any(media.values()):
            raise ProtocolError("bad_message", "Nobody's media is switched on by another.")
        return cls(
            id=fields.optional_text("id", limits.ID_LENGTH),
            sender=fields.optional_text("from", limits.ID_LENGTH),
            media=media,
            permissions=read_changes(fields.fields("permissions"), Permissions.kinds()),
        )


@attrs.frozen(kw_only=True)
class Ping:
    """Are you there? The room's carry a newer resume key."""

    type: ClassVar = "ping"
    resume: str | None = None

    @classmethod
    def read(cls, fields: Fields) -> Ping:
        return cls(resume=fields.optional_text("resume", limits.TOKEN_LENGTH))


@attrs.frozen
class Pong:
    """Yes."""

    type: ClassVar = "pong"

    @classmethod
    def read(cls, fields: Fields) -> Pong:
        return cls()
