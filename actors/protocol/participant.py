"""A participant as the room shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from actors.protocol import limits
from actors.protocol.fields import Fields, Json, ProtocolError

MEDIA_KINDS = ("microphone", "camera", "screen")


@attrs.frozen
class Media:
    """What a participant sends now."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False

    @classmethod
    def read(cls, fields: Fields) -> Media:
        """From a JSON object; what is left out is false."""
        return cls(**{kind: fields.flag(kind) for kind in MEDIA_KINDS})

    def changed(self, changes: Mapping[str, bool]) -> Media:
        return attrs.evolve(self, **changes)

    def allowed(self, permissions: Permissions) -> Media:
        """The same without what `permissions` forbid."""
        return Media(
            microphone=self.microphone and permissions.microphone,
            camera=self.camera and permissions.camera,
            screen=self.screen and permissions.screen,
        )


@attrs.frozen
class Permissions:
    """What a participant may send."""

    microphone: bool = True
    camera: bool = True
    screen: bool = True
    messages: bool = True

    @classmethod
    def read(cls, fields: Fields) -> Permissions:
        """From a JSON object; what is left out is allowed."""
        return cls().changed(read_changes(fields, cls.kinds()))

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        return tuple(field.name for field in attrs.fields(cls))

    def changed(self, changes: Mapping[str, bool]) -> Permissions:
        """The same with some permissions given or taken."""
        return attrs.evolve(self, **changes)


@attrs.frozen
class Track:
    """A custom track."""

    kind: Literal["audio", "video"]
    name: str


def read_changes(fields: Fields, kinds: tuple[str, ...]) -> dict[str, bool]:
    """Those of `kinds` that an object names, with their new values."""
    return {kind: fields.flag(kind) for kind in kinds if kind in fields}


def read_tracks(fields: Fields) -> dict[str, Track]:
    tracks: dict[str, Track] = {}
    for key in fields:
        if len(tracks) == limits.TRACKS or len(key) > limits.NAME_LENGTH:
            raise ProtocolError(
                "bad_message",
                f"There are at most {limits.TRACKS} tracks, their keys have at most "
                f"{limits.NAME_LENGTH} characters.",
            )
        track = fields.fields(key)
        kind = track.text("kind", 16)
        if kind not in ("audio", "video"):
            raise ProtocolError("bad_message", "A track's kind must be audio or video.")
        tracks[key] = Track(kind, track.text("name", limits.NAME_LENGTH))
    return tracks


@attrs.frozen
class Participant:
    """Somebody in a room, as the room shows them.

    Attributes:
        id: unique in the server, the same after coming back.
        name: how people are to see them.
        owner: may eject others and administer them.
        agent: a program; it may send captions and states.
        hidden: connects and listens, but is shown to nobody.
        media: what they send now.
        tracks: their custom tracks, by keys of their own choice.
        permissions: what they may send.
        recording: records the call, which pages show.
        playing: can hear: sound is really coming out.
        user_data: any JSON, as they gave it.
        joined_at: seconds since 1970, UTC.
    """

    id: str
    name: str
    owner: bool = False
    agent: bool = False
    hidden: bool = False
    media: Media = attrs.field(factory=Media)
    tracks: Mapping[str, Track] = attrs.field(factory=dict[str, Track])
    permissions: Permissions = attrs.field(factory=Permissions)
    recording: bool = False
    playing: bool = False
    user_data: Json = None
    joined_at: float = 0.0

    @classmethod
    def read(cls, fields: Fields) -> Participant:
        """Read a participant from a JSON object."""
        return cls(
            id=fields.text("id", limits.ID_LENGTH),
            name=fields.text("name", limits.NAME_LENGTH),
            owner=fields.flag("owner"),
            agent=fields.flag("agent"),
            hidden=fields.flag("hidden"),
            media=Media.read(fields.fields("media")),
            tracks=read_tracks(fields.fields("tracks")),
            permissions=Permissions.read(fields.fields("permissions")),
            recording=fields.flag("recording"),
            playing=fields.flag("playing"),
            user_data=fields.raw("user_data"),
            joined_at=fields.number("joined_at"),
        )
