"""What a participant may send, receive and administer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.call.protocol import Permissions
from callboard.daily.errors import BadValueError
from callboard.daily.shapes import Object, copied, fields_of, flag, texts

SENDABLE: Final = (
    "camera",
    "microphone",
    "screenVideo",
    "screenAudio",
    "customVideo",
    "customAudio",
)
ADMIN: Final = ("participants", "streaming", "transcription")

# A custom track is carried beside microphone or camera, and allowed with it.
_ROOM: Final = {
    "microphone": ("microphone", "customAudio"),
    "camera": ("camera", "customVideo"),
    "screen": ("screenVideo", "screenAudio"),
}


def default_permissions() -> Object:
    """A participant may send and receive everything and administer nothing."""
    return {
        "hasPresence": True,
        "canAdmin": [],
        "canSend": list(SENDABLE),
        "canReceive": {"base": True},
    }


def changed_permissions(before: Object, given: object) -> Object:
    """Permissions after `given`; whatever it does not name stays. Raises `BadValueError`."""
    after = copied(before)
    known = ("hasPresence", "canAdmin", "canSend", "canReceive")
    for name, value in fields_of(given, "permissions", known).items():
        where = f"permissions.{name}"
        match name:
            case "hasPresence":
                after[name] = flag(value, where)
            case "canReceive":
                after[name] = fields_of(value, where, ("base", "byUserId", "byParticipantId"))
            case _ if isinstance(value, bool):
                after[name] = list(SENDABLE if name == "canSend" else ADMIN) if value else []
            case _:
                words = SENDABLE if name == "canSend" else ADMIN
                chosen = texts(value, where)
                for each in chosen:
                    if each not in words:
                        raise BadValueError(
                            f"{where} holds {each!r}; it may hold {', '.join(words)}."
                        )
                after[name] = list(chosen)
    return after


def from_room(permissions: Permissions, *, owner: bool, hidden: bool) -> Object:
    """A participant's permissions as the room knows them, in this API's words."""
    allowed = {
        name for kind, names in _ROOM.items() if getattr(permissions, kind) for name in names
    }
    return {
        "hasPresence": not hidden,
        "canAdmin": list(ADMIN) if owner else [],
        "canSend": [name for name in SENDABLE if name in allowed],
        "canReceive": {"base": True},
    }


def to_room(permissions: Object) -> Mapping[str, bool]:
    """What of these permissions the room keeps: may microphone, camera and screen be sent."""
    sent = permissions.get("canSend")
    names = sent if isinstance(sent, list) else []
    return {kind: any(name in names for name in own) for kind, own in _ROOM.items()}
