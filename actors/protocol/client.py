"""Messages that only clients send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias

import attrs

from actors.protocol import limits
from actors.protocol.both import Admin, Event, Message, Ping, Pong, Signal
from actors.protocol.fields import Fields, Json, ProtocolError, load
from actors.protocol.participant import MEDIA_KINDS, Media, Track, read_changes, read_tracks


def read_name(fields: Fields) -> str:
    """A name to show: trimmed, 1 to 64 printable characters."""
    name = " ".join(fields.text("name", 4 * limits.NAME_LENGTH).split())
    if not 1 <= len(name) <= limits.NAME_LENGTH or not name.isprintable():
        raise ProtocolError(
            "bad_message", f"A name has 1 to {limits.NAME_LENGTH} printable characters."
        )
    return name


@attrs.frozen(kw_only=True)
class Join:
    """The first message: who comes, and what it sends from now on."""

    type: ClassVar = "join"
    name: str
    agent: bool = False
    token: str | None = None
    resume: str | None = None
    user_data: Json = None
    media: Media = attrs.field(factory=Media)

    @classmethod
    def read(cls, fields: Fields) -> Join:
        return cls(
            name=read_name(fields),
            agent=fields.flag("agent"),
            token=fields.optional_text("token", limits.TOKEN_LENGTH),
            resume=fields.optional_text("resume", limits.TOKEN_LENGTH),
            user_data=fields.json("user_data", limits.USER_DATA_BYTES),
            media=Media.read(fields.fields("media")),
        )


@attrs.frozen(kw_only=True)
class Update:
    """What has changed about the sender; None is unchanged."""

    type: ClassVar = "update"
    name: str | None = None
    media: Mapping[str, bool] = attrs.field(factory=dict[str, bool])
    tracks: Mapping[str, Track] | None = None
    playing: bool | None = None
    recording: bool | None = None
    user_data: Json = None

    @classmethod
    def read(cls, fields: Fields) -> Update:
        return cls(
            name=read_name(fields) if "name" in fields else None,
            media=read_changes(fields.fields("media"), MEDIA_KINDS),
            tracks=read_tracks(fields.fields("tracks")) if "tracks" in fields else None,
            playing=fields.flag("playing") if "playing" in fields else None,
            recording=fields.flag("recording") if "recording" in fields else None,
            user_data=fields.json("user_data", limits.USER_DATA_BYTES),
        )


@attrs.frozen
class Eject:
    """An owner sends somebody away."""

    type: ClassVar = "eject"
    id: str

    @classmethod
    def read(cls, fields: Fields) -> Eject:
        return cls(fields.text("id", limits.ID_LENGTH))


@attrs.frozen
class Leave:
    """The sender goes."""

    type: ClassVar = "leave"

    @classmethod
    def read(cls, fields: Fields) -> Leave:
        return cls()


ClientMessage: TypeAlias = (
    Join | Signal | Update | Message | Event | Admin | Eject | Leave | Ping | Pong
)
CLIENT_TYPES: Mapping[str, type[ClientMessage]] = {
    each.type: each
    for each in (Join, Signal, Update, Message, Event, Admin, Eject, Leave, Ping, Pong)
}


def parse_client(text: str | bytes) -> ClientMessage:
    """The message that a client sent. Raises `ProtocolError`."""
    fields = load(text)
    kind = fields.text("type", 64)
    if kind not in CLIENT_TYPES:
        raise ProtocolError("unknown_type", f"No client sends messages of type {kind!r}.")
    return CLIENT_TYPES[kind].read(fields)
