"""Messages that only the room sends, and every message as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias, cast

import attrs

from actors.protocol import limits
from actors.protocol.both import Admin, Event, Message, Ping, Pong, Signal
from actors.protocol.client import ClientMessage
from actors.protocol.fields import Fields, Json, dump, load
from actors.protocol.participant import Participant


@attrs.frozen(kw_only=True)
class Joined:
    """The receiver is in; `participants` holds everybody, itself included.

    With `recovering` the server is a restarted one: who is missing may still come back.
    """

    type: ClassVar = "joined"
    id: str
    room: str
    session: str
    resumed: bool
    recovering: bool = False
    resume: str
    participants: tuple[Participant, ...]
    ice_servers: tuple[Mapping[str, Json], ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> Joined:
        return cls(
            id=fields.text("id", limits.ID_LENGTH),
            room=fields.text("room", limits.NAME_LENGTH),
            session=fields.text("session", limits.ID_LENGTH),
            resumed=fields.flag("resumed"),
            recovering=fields.flag("recovering"),
            resume=fields.text("resume", limits.TOKEN_LENGTH),
            participants=tuple(map(Participant.read, fields.each("participants"))),
            ice_servers=tuple(fields.mappings("ice_servers")),
        )


@attrs.frozen
class ParticipantJoined:
    """Somebody came."""

    type: ClassVar = "participant_joined"
    participant: Participant

    @classmethod
    def read(cls, fields: Fields) -> ParticipantJoined:
        return cls(Participant.read(fields.fields("participant")))


@attrs.frozen
class ParticipantUpdated:
    """Something about somebody has changed."""

    type: ClassVar = "participant_updated"
    participant: Participant

    @classmethod
    def read(cls, fields: Fields) -> ParticipantUpdated:
        return cls(Participant.read(fields.fields("participant")))


@attrs.frozen
class ParticipantLeft:
    """Somebody is gone: `left`, `lost` or `ejected`."""

    type: ClassVar = "participant_left"
    id: str
    reason: str

    @classmethod
    def read(cls, fields: Fields) -> ParticipantLeft:
        return cls(fields.text("id", limits.ID_LENGTH), fields.text("reason", 64))


@attrs.frozen
class Error:
    """Something was refused; after a fatal error the socket is closed."""

    type: ClassVar = "error"
    code: str
    message: str
    fatal: bool = False

    @classmethod
    def read(cls, fields: Fields) -> Error:
        return cls(fields.text("code", 64), fields.text("message", 4096), fields.flag("fatal"))


ServerMessage: TypeAlias = (
    Joined
    | Signal
    | ParticipantJoined
    | ParticipantUpdated
    | ParticipantLeft
    | Message
    | Event
    | Admin
    | Error
    | Ping
    | Pong
)
_TYPES: tuple[type[ServerMessage], ...] = (
    Joined,
    Signal,
    ParticipantJoined,
    ParticipantUpdated,
    ParticipantLeft,
    Message,
    Event,
    Admin,
    Error,
    Ping,
    Pong,
)
SERVER_TYPES: Mapping[str, type[ServerMessage]] = {each.type: each for each in _TYPES}


def parse_server(text: str | bytes) -> ServerMessage | None:
    """The message that a room sent; None for a type that this version does not know.

    Raises `ProtocolError`.
    """
    fields = load(text, largest=limits.SERVER_MESSAGE_BYTES)
    known = SERVER_TYPES.get(fields.text("type", 64))
    return known.read(fields) if known else None


def to_json(message: ClientMessage | ServerMessage) -> str:
    """One message as it goes over the wire; fields that are None are left out."""
    plain: dict[str, object] = {"type": message.type}
    for field in attrs.fields(type(message)):
        value: object = getattr(message, field.name)
        if value is not None:
            plain["from" if field.name == "sender" else field.name] = _plain(value)
    return dump(plain)


def _plain(value: object) -> object:
    """Attrs instances as objects, tuples as lists, the rest as it is."""
    if attrs.has(type(value)):
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: _plain(each) for key, each in items}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in cast("list[object]", value)]
    return value
