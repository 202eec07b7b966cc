"""Messages that only the room sends, and every message as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias, cast, get_args

import attrs

from actors.protocol import limits
from actors.protocol.both import Admin, Event, Message, Ping, Pong, Signal
from actors.protocol.client import ClientMessage
from actors.protocol.fields import Fields, Json, Readable, by, dump, load, part, text
from actors.protocol.participant import Participant


def _read_participants(fields: Fields, name: str) -> tuple[Participant, ...]:
    return tuple(map(Participant.read, fields.each(name)))


@attrs.frozen(kw_only=True)
class Joined(Readable):
    """The receiver is in; `participants` holds everybody, itself included.

    With `recovering` the server is a restarted one: who is missing may still come back.
    """

    type: ClassVar = "joined"
    id: str = attrs.field(metadata=text(limits.ID_LENGTH))
    room: str = attrs.field(metadata=text(limits.NAME_LENGTH))
    session: str = attrs.field(metadata=text(limits.ID_LENGTH))
    resumed: bool
    recovering: bool = False
    resume: str = attrs.field(metadata=text(limits.TOKEN_LENGTH))
    participants: tuple[Participant, ...] = attrs.field(metadata=by(_read_participants))
    ice_servers: tuple[Mapping[str, Json], ...] = attrs.field(
        default=(), metadata=by(lambda fields, name: tuple(fields.mappings(name)))
    )


@attrs.frozen
class ParticipantJoined(Readable):
    """Somebody came."""

    type: ClassVar = "participant_joined"
    participant: Participant = attrs.field(metadata=part(Participant))


@attrs.frozen
class ParticipantUpdated(Readable):
    """Something about somebody has changed."""

    type: ClassVar = "participant_updated"
    participant: Participant = attrs.field(metadata=part(Participant))


@attrs.frozen
class ParticipantLeft(Readable):
    """Somebody is gone: `left`, `lost` or `ejected`."""

    type: ClassVar = "participant_left"
    id: str = attrs.field(metadata=text(limits.ID_LENGTH))
    reason: str = attrs.field(metadata=text(64))


@attrs.frozen
class Error(Readable):
    """Something was refused; after a fatal error the socket is closed."""

    type: ClassVar = "error"
    code: str = attrs.field(metadata=text(64))
    message: str = attrs.field(metadata=text(4096))
    fatal: bool = False


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
SERVER_TYPES: Mapping[str, type[ServerMessage]] = {
    each.type: each for each in get_args(ServerMessage)
}


def parse_server(message: str | bytes) -> ServerMessage | None:
    """The message that a room sent; None for a type that this version does not know.

    Raises `ProtocolError`.
    """
    fields = load(message, largest=limits.SERVER_MESSAGE_BYTES)
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
