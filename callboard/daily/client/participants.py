"""Participants as this API shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from actors.call.protocol import Participant
from callboard.daily.settings.permissions import from_room
from callboard.daily.shapes import Json, Object

LEFT: Final = "leftCall"
HIDDEN: Final = "hidden"

# Media of this API and what the room calls it.
KINDS: Final = {
    "camera": "camera",
    "microphone": "microphone",
    "screenVideo": "screen",
    "screenAudio": "screen",
}

Subscribed = Callable[[str, str | None], bool]
"""Whether a medium is received: its name, and for a custom track the track's."""


def _to_all(name: str, custom: str | None) -> bool:
    return True


def shown(
    who: Participant, *, local: bool, connected: bool, subscribed: Subscribed = _to_all
) -> Object:
    """One participant: who it is, and the state of each medium.

    A medium that is off is `off`; one that is on is `receivable` where it is not subscribed to,
    `loading` until its connection stands, then `playable`.
    """
    media: Object = {}
    for name, kind in KINDS.items():
        on = bool(getattr(who.media, kind))
        media[name] = _medium(on, local or subscribed(name, None), local or connected)
        if not on and not getattr(who.permissions, kind):
            media[name] = {
                "state": "blocked",
                "subscribed": "unsubscribed",
                "offReasons": ["sendPermission"],
            }
    for name, kind in (("customAudio", "audio"), ("customVideo", "video")):
        media[name] = {
            track.name: _medium(True, local or subscribed(name, track.name), local or connected)
            for track in who.tracks.values()
            if track.kind == kind
        }
    return {
        "id": who.id,
        "info": {
            "isLocal": local,
            "isOwner": who.owner,
            "joinedAt": int(who.joined_at),
            "permissions": from_room(who.permissions, owner=who.owner, hidden=who.hidden),
            "userId": who.id,
            "userName": who.name,
        },
        "media": media,
    }


def nobody(name: str) -> Object:
    """The local participant before the first call."""
    return shown(Participant(id="", name=name), local=True, connected=False)


def _medium(on: bool, subscribed: bool, connected: bool) -> Json:
    wanted = "subscribed" if subscribed else "unsubscribed"
    if not on:
        return {"state": "off", "subscribed": wanted, "offReasons": ["user"]}
    state = "receivable" if not subscribed else "playable" if connected else "loading"
    return {"state": state, "subscribed": wanted}
