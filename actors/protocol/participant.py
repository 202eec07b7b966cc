"""A participant as the room shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from actors.protocol import limits
from actors.protocol.fields import Fields, Json, ProtocolError, Readable, by, part, text


@attrs.frozen
class Media(Readable):
    """What a participant sends now."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False

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
class Permissions(Readable):
    """What a participant may send."""

    microphone: bool = True
    camera: bool = True
    screen: bool = True
    messages: bool = True

    def changed(self, changes: Mapping[str, bool]) -> Permissions:
        """The same with some permissions given or taken."""
        return attrs.evolve(self, **changes)


@attrs.frozen
class Track:
    """A custom track."""

    kind: Literal["audio", "video"]
    name: str


def read_changes(fields: Fields, name: str) -> dict[str, bool]:
    """The media or permissions that an object names, with their new values."""
    kinds = attrs.fields_dict(Media if name == "media" else Permissions)
    changes = fields.fields(name)
    return {kind: changes.flag(kind) for kind in kinds if kind in changes}


def read_tracks(fields: Fields, name: str) -> dict[str, Track]:
    tracks: dict[str, Track] = {}
    for key in (every := fields.fields(name)):
        if len(tracks) == limits.TRACKS or len(key) > limits.NAME_LENGTH:
            raise ProtocolError(
                "bad_message",
                f"There are at most {limits.TRACKS} tracks, their keys have at most "
                f"{limits.NAME_LENGTH} characters.",
            )
        track = every.fields(key)
        kind = track.text("kind", 16)
        if kind not in ("audio", "video"):
            raise ProtocolError("bad_message", "A track's kind must be audio or video.")
        tracks[key] = Track(kind, track.text("name", limits.NAME_LENGTH))
    return tracks


@attrs.frozen
class Participant(Readable):
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

    id: str = attrs.field(metadata=text(limits.ID_LENGTH))
    name: str = attrs.field(metadata=text(limits.NAME_LENGTH))
    owner: bool = False
    agent: bool = False
    hidden: bool = False
    media: Media = attrs.field(factory=Media, metadata=part(Media))
    tracks: Mapping[str, Track] = attrs.field(factory=dict[str, Track], metadata=by(read_tracks))
    permissions: Permissions = attrs.field(factory=Permissions, metadata=part(Permissions))
    recording: bool = False
    playing: bool = False
    user_data: Json = attrs.field(default=None, metadata=by(Fields.raw))
    joined_at: float = attrs.field(default=0.0, metadata=by(Fields.number))
