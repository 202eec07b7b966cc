"""Messages that only clients send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias, get_args

import attrs

from actors.protocol import limits
from actors.protocol.both import Admin, Event, Message, Ping, Pong, Signal
from actors.protocol.fields import (
    USER_DATA,
    Fields,
    Json,
    ProtocolError,
    Readable,
    by,
    load,
    optional_text,
    part,
    text,
)
from actors.protocol.participant import Media, Track, read_changes, read_tracks


def read_name(fields: Fields, name: str = "name") -> str:
    """A name to show: trimmed, 1 to 64 printable characters."""
    shown = " ".join(fields.text(name, 4 * limits.NAME_LENGTH).split())
    if not 1 <= len(shown) <= limits.NAME_LENGTH or not shown.isprintable():
        raise ProtocolError(
            "bad_message", f"A name has 1 to {limits.NAME_LENGTH} printable characters."
        )
    return shown


@attrs.frozen(kw_only=True)
class Join(Readable):
    """The first message: who comes, and what it sends from now on."""

    type: ClassVar = "join"
    name: str = attrs.field(metadata=by(read_name))
    agent: bool = False
    token: str | None = attrs.field(default=None, metadata=optional_text(limits.TOKEN_LENGTH))
    resume: str | None = attrs.field(default=None, metadata=optional_text(limits.TOKEN_LENGTH))
    user_data: Json = attrs.field(default=None, metadata=USER_DATA)
    media: Media = attrs.field(factory=Media, metadata=part(Media))


@attrs.frozen(kw_only=True)
class Update(Readable):
    """What has changed about the sender; None is unchanged."""

    type: ClassVar = "update"
    name: str | None = attrs.field(default=None, metadata=by(read_name))
    media: Mapping[str, bool] = attrs.field(factory=dict[str, bool], metadata=by(read_changes))
    tracks: Mapping[str, Track] | None = attrs.field(default=None, metadata=by(read_tracks))
    playing: bool | None = None
    recording: bool | None = None
    user_data: Json = attrs.field(default=None, metadata=USER_DATA)


@attrs.frozen
class Eject(Readable):
    """An owner sends somebody away."""

    type: ClassVar = "eject"
    id: str = attrs.field(metadata=text(limits.ID_LENGTH))


@attrs.frozen
class Leave(Readable):
    """The sender goes."""

    type: ClassVar = "leave"


ClientMessage: TypeAlias = (
    Join | Signal | Update | Message | Event | Admin | Eject | Leave | Ping | Pong
)
CLIENT_TYPES: Mapping[str, type[ClientMessage]] = {
    each.type: each for each in get_args(ClientMessage)
}


def parse_client(message: str | bytes) -> ClientMessage:
    """The message that a client sent. Raises `ProtocolError`."""
    fields = load(message)
    kind = fields.text("type", 64)
    if kind not in CLIENT_TYPES:
        raise ProtocolError("unknown_type", f"No client sends messages of type {kind!r}.")
    return CLIENT_TYPES[kind].read(fields)
