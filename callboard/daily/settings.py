"""Settings of a client: what it sends and receives, defaults, and how changes are merged. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import Final

from actors.protocol import Participant
from callboard.daily.errors import BadValueError
from callboard.daily.shapes import (
    Check,
    Json,
    Object,
    anything,
    checked_fields,
    choice,
    fields_of,
    flag,
    number,
    object_in,
    texts,
)

FROM_DEFAULTS: Final = "fromDefaults"
INPUTS: Final = ("camera", "microphone", "screenVideo", "screenAudio")
CUSTOM: Final = ("customAudio", "customVideo")
# Beyond the original: a client's own speaker, so that two clients can hear apart.
SPEAKER: Final = "speaker"

_SIZE: Final = ("width", "height", "frameRate")
_CUSTOM: Final = ("customConstraints", "customTrack")
_SETTINGS: Final = {
    "camera": ("deviceId", *_SIZE, "facingMode", *_CUSTOM),
    "microphone": ("deviceId", *_CUSTOM),
    "screenVideo": ("deviceId", *_SIZE, *_CUSTOM),
    "screenAudio": ("deviceId", *_CUSTOM),
    "speaker": ("deviceId",),
}


def default_inputs() -> Object:
    """Camera and microphone are on, the screen is not; no device is named."""
    on = ("camera", "microphone")
    inputs: Object = {name: {"isEnabled": name in on, "settings": {}} for name in INPUTS}
    return inputs | {name: {} for name in CUSTOM}


def changed_inputs(before: Object, given: object) -> Object:
    """Return the inputs after `given`; an input that it does not name stays.

    Each input is a bool, or a dict of `isEnabled` and `settings`; either may be left out. The text
    "fromDefaults", for one or for all, begins anew. Raises `BadValueError`.
    """
    if given == FROM_DEFAULTS:
        return default_inputs() | {key: before[key] for key in CUSTOM}
    after = deepcopy(before)
    for name, value in fields_of(given, "inputs", (*INPUTS, *CUSTOM, SPEAKER)).items():
        if value is None:
            continue
        if name in CUSTOM:
            _change_custom(object_in(after, name), value, name)
        elif value == FROM_DEFAULTS:
            after[name] = default_inputs().get(name, {})
        else:
            _change_input(object_in(after, name), value, name)
    return after


def _change_input(entry: Object, value: Json, name: str) -> None:
    where = f"inputs.{name}"
    if isinstance(value, bool):
        entry["isEnabled"] = value
        return
    fields = checked_fields(value, where, {"isEnabled": flag, "settings": anything})
    if fields.get("isEnabled") is not None:
        entry["isEnabled"] = fields["isEnabled"]
    settings = fields.get("settings")
    if settings == FROM_DEFAULTS:
        entry["settings"] = {}
    elif settings is not None:
        changes = fields_of(settings, f"{where}.settings", _SETTINGS[name])
        _check_custom_track(changes, where)
        merged = object_in(entry, "settings") | changes
        # A device and a track exclude each other: the last one named counts.
        for one, other in (("deviceId", "customTrack"), ("customTrack", "deviceId")):
            if changes.get(one) is not None:
                merged.pop(other, None)
        entry["settings"] = merged


def _check_custom_track(settings: Object, where: str) -> None:
    track = settings.get("customTrack")
    if track is None:
        return
    fields = fields_of(track, f"{where}.settings.customTrack", ("id",))
    if not isinstance(fields.get("id"), str):
        raise BadValueError(f"{where}.settings.customTrack.id must be the id of a custom track.")


def _change_custom(tracks: Object, value: Json, name: str) -> None:
    for track, entry in fields_of(value, f"inputs.{name}").items():
        if isinstance(entry, bool):
            object_in(tracks, track)["isEnabled"] = entry
        else:
            tracks[track] = fields_of(entry, f"inputs.{name}.{track}")


SENDABLE: Final = (*INPUTS, "customVideo", "customAudio")
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
    after = deepcopy(before)
    known = ("hasPresence", "canAdmin", "canSend", "canReceive")
    for name, value in fields_of(given, "permissions", known).items():
        where = f"permissions.{name}"
        match name:
            case "hasPresence":
                after[name] = flag(value, where)
            case "canReceive":
                after[name] = fields_of(value, where, ("base", "byUserId", "byParticipantId"))
            case _:
                words = SENDABLE if name == "canSend" else ADMIN
                chosen = (
                    list(words if value else ()) if isinstance(value, bool) else texts(value, where)
                )
                for each in chosen:
                    if each not in words:
                        raise BadValueError(
                            f"{where} holds {each!r}; it may hold {', '.join(words)}."
                        )
                after[name] = [*chosen]
    return after


def from_room(who: Participant) -> Object:
    """A participant's permissions as the room knows them, in this API's words."""
    allowed = {
        name for kind, names in _ROOM.items() if getattr(who.permissions, kind) for name in names
    }
    return {
        "hasPresence": not who.hidden,
        "canAdmin": list(ADMIN) if who.owner else [],
        "canSend": [name for name in SENDABLE if name in allowed],
        "canReceive": {"base": True},
    }


def to_room(permissions: Object) -> Mapping[str, bool]:
    """Return the part that the room keeps: may microphone, camera and screen be sent."""
    sent = permissions.get("canSend")
    names = sent if isinstance(sent, list) else []
    return {kind: any(name in names for name in own) for kind, own in _ROOM.items()}


QUALITIES: Final = ("low", "medium", "high")
CODECS: Final = ("VP8", "H264", "H265", "VP9", "AV1")
PRESETS: Final = ("speech", "music")
VIDEO: Final = ("camera", "screenVideo")
AUDIO: Final = ("microphone", "screenAudio")

_AT_LEAST_1: Final = partial(number, least=1)
_LAYER: Final[Mapping[str, Check]] = dict.fromkeys(
    ("maxBitrate", "maxFramerate", "scaleResolutionDownBy"), _AT_LEAST_1
)


def _encodings(value: object, where: str) -> None:
    if not isinstance(value, str):
        for name, layer in fields_of(value, where, QUALITIES).items():
            checked_fields(layer, f"{where}.{name}", _LAYER)


_VIDEO_CHECKS: Final[Mapping[str, Check]] = {
    "maxQuality": partial(choice, choices=QUALITIES),
    "preferredCodec": partial(choice, choices=CODECS),
    "encodings": _encodings,
    "allowAdaptiveLayers": anything,
    "startBitrate": _AT_LEAST_1,
}
_AUDIO_CHECKS: Final[Mapping[str, Check]] = {
    "channelConfig": partial(choice, choices=("mono", "stereo")),
    "bitrate": _AT_LEAST_1,
}
_LAYERS: Final = (
    ("low", 90_000, 15, 4.0),
    ("medium", 200_000, 15, 2.0),
    ("high", 680_000, 30, 1.0),
)


def default_publishing() -> Object:
    """Everything is published: VP8 in three layers, a mono microphone."""
    published: Object = {}
    for name in INPUTS:
        settings: Json = _video() if name in VIDEO else {"channelConfig": "mono"}
        published[name] = {"isPublishing": True, "sendSettings": settings}
    return published | {name: {} for name in CUSTOM}


def _video() -> Object:
    layers: Object = {
        name: {"maxBitrate": rate, "maxFramerate": fps, "scaleResolutionDownBy": scale}
        for name, rate, fps, scale in _LAYERS
    }
    return {
        "maxQuality": "high",
        "preferredCodec": "VP8",
        "encodings": layers,
        "allowAdaptiveLayers": False,
        "startBitrate": 1_000_000,
    }


def changed_publishing(before: Object, given: object) -> Object:
    """Return what is published after `given`; the rest stays. Raises `BadValueError`."""
    after = deepcopy(before)
    for name, value in fields_of(given, "publishing", (*VIDEO, *AUDIO, *CUSTOM)).items():
        if value is None:
            continue
        if name in CUSTOM:
            tracks = object_in(after, name)
            for track, entry in fields_of(value, f"publishing.{name}").items():
                kind = "microphone" if name == "customAudio" else "camera"
                _change_published(
                    object_in(tracks, track), entry, f"publishing.{name}.{track}", kind
                )
        else:
            _change_published(object_in(after, name), value, f"publishing.{name}", name)
    return after


def _change_published(entry: Object, value: Json, where: str, kind: str) -> None:
    if isinstance(value, bool):
        entry["isPublishing"] = value
        return
    fields = checked_fields(value, where, {"isPublishing": flag, "sendSettings": anything})
    if fields.get("isPublishing") is not None:
        entry["isPublishing"] = fields["isPublishing"]
    settings = fields.get("sendSettings")
    if settings is None:
        return
    where = f"{where}.sendSettings"
    if kind in AUDIO and isinstance(settings, str):
        entry["sendSettings"] = choice(settings, where, PRESETS)
    elif kind in AUDIO:
        entry["sendSettings"] = checked_fields(settings, where, _AUDIO_CHECKS)
    elif isinstance(settings, str):
        choice(settings, where, ("default",))
        object_in(entry, "sendSettings")
    else:
        changes = checked_fields(settings, where, _VIDEO_CHECKS)
        entry["sendSettings"] = object_in(entry, "sendSettings") | changes


BASE: Final = "base"
STATES: Final = ("subscribed", "unsubscribed", "staged")
_SUBSCRIPTION: Final[Mapping[str, Check]] = {
    "subscriptionState": partial(choice, choices=STATES),
    "settings": anything,
    "receiveSettings": anything,
}
PICTURES: Final = (*VIDEO, "customVideo")


def default_profiles() -> Object:
    """`base` receives everything, video in high quality."""
    return {BASE: _everything()}


def _everything() -> Object:
    profile: Object = {}
    for name in (*INPUTS, *CUSTOM):
        entry: Object = {"subscriptionState": "subscribed"}
        entry["receiveSettings"] = {"maxQuality": "high"} if name in PICTURES else {}
        profile[name] = {"*": entry} if name in CUSTOM else entry
    return profile


def changed_profiles(before: Object, given: object) -> Object:
    """The profiles after `given`; a new name begins as `base` was. Raises `BadValueError`."""
    after = deepcopy(before)
    for name, value in fields_of(given, "profiles").items():
        if name not in after:
            after[name] = _everything()
        _change_media(object_in(after, name), value, f"profiles.{name}")
    return after


def changed_subscriptions(before: Object, given: object, profiles: Object) -> Object:
    """Who is received how after `given`. Raises `BadValueError`."""
    after = deepcopy(before)
    for participant, value in fields_of(given, "subscriptions").items():
        _check_id(participant)
        fields = fields_of(value, f"subscriptions.{participant}", ("profile", "media"))
        entry = object_in(after, participant)
        entry.setdefault("profile", BASE)
        profile = fields.get("profile")
        if profile is not None:
            if not isinstance(profile, str) or profile not in profiles:
                known = ", ".join(profiles)
                raise BadValueError(
                    f"subscriptions.{participant}.profile is {profile!r}; known are {known}."
                )
            entry["profile"] = profile
        if fields.get("media") is not None:
            media = object_in(entry, "media")
            _change_media(media, fields["media"], f"subscriptions.{participant}.media")
    return after


def is_subscribed(
    profiles: Object, subscriptions: Object, participant: str, name: str, custom: str | None = None
) -> bool:
    """Whether one medium of a participant is to be received; `custom` names a custom track."""
    entry = subscriptions.get(participant)
    chosen = entry if isinstance(entry, dict) else {}
    own = _entry(chosen.get("media"), name, custom)
    if own is None:
        profile = profiles.get(str(chosen.get("profile", BASE)), profiles[BASE])
        own = _entry(profile, name, custom)
    return own is None or own.get("subscriptionState") == "subscribed"


def _entry(media: Json, name: str, custom: str | None) -> Object | None:
    entry = media.get(name) if isinstance(media, dict) else None
    if custom is not None and isinstance(entry, dict):
        entry = entry.get(custom, entry.get("*"))
    return entry if isinstance(entry, dict) else None


def _change_media(media: Object, value: Json, where: str) -> None:
    if isinstance(value, str):
        state = choice(value, where, STATES)
        value = dict.fromkeys(INPUTS, state)
    for name, given in fields_of(value, where, (*INPUTS, *CUSTOM)).items():
        if given is None:
            continue
        if name not in CUSTOM:
            media[name] = _merged(media.get(name), given, f"{where}.{name}")
            continue
        tracks = object_in(media, name)
        named = {"*": given} if isinstance(given, str) else fields_of(given, f"{where}.{name}")
        for track, one in named.items():
            tracks[track] = _merged(tracks.get(track), one, f"{where}.{name}.{track}")


def _merged(before: Json, given: Json, where: str) -> Object:
    entry = deepcopy(before) if isinstance(before, dict) else {}
    if isinstance(given, str):
        entry["subscriptionState"] = choice(given, where, STATES)
        return entry
    fields = checked_fields(given, where, _SUBSCRIPTION)
    if fields.get("subscriptionState") is not None:
        entry["subscriptionState"] = fields["subscriptionState"]
    for key in ("settings", "receiveSettings"):
        if isinstance(changes := fields.get(key), dict):
            entry["receiveSettings"] = object_in(entry, "receiveSettings") | changes
    return entry


def _check_id(participant: str) -> None:
    try:
        uuid.UUID(participant)
    except ValueError:
        raise BadValueError(f"{participant!r} is not a valid participant ID.") from None
