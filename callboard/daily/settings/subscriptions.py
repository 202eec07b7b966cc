"""What a client receives: named profiles, and whom they are for."""

from __future__ import annotations

import uuid
from typing import Final

from callboard.daily.errors import BadValueError
from callboard.daily.shapes import Json, Object, choice, copied, fields_of, object_in

BASE: Final = "base"
MEDIA: Final = ("camera", "microphone", "screenVideo", "screenAudio")
CUSTOM: Final = ("customAudio", "customVideo")
STATES: Final = ("subscribed", "unsubscribed", "staged")
VIDEO: Final = ("camera", "screenVideo", "customVideo")


def default_profiles() -> Object:
    """`base` receives everything, video in high quality."""
    return {BASE: _everything()}


def _everything() -> Object:
    profile: Object = {}
    for name in (*MEDIA, *CUSTOM):
        entry: Object = {"subscriptionState": "subscribed"}
        entry["receiveSettings"] = {"maxQuality": "high"} if name in VIDEO else {}
        profile[name] = {"*": entry} if name in CUSTOM else entry
    return profile


def changed_profiles(before: Object, given: object) -> Object:
    """The profiles after `given`; a new name begins as `base` was. Raises `BadValueError`."""
    after = copied(before)
    for name, value in fields_of(given, "profiles").items():
        if name not in after:
            after[name] = _everything()
        _change_media(object_in(after, name), value, f"profiles.{name}")
    return after


def changed_subscriptions(before: Object, given: object, profiles: Object) -> Object:
    """Who is received how after `given`. Raises `BadValueError`."""
    after = copied(before)
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
        value = dict.fromkeys(MEDIA, state)
    for name, given in fields_of(value, where, (*MEDIA, *CUSTOM)).items():
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
    entry = copied(before) if isinstance(before, dict) else {}
    if isinstance(given, str):
        entry["subscriptionState"] = choice(given, where, STATES)
        return entry
    fields = fields_of(given, where, ("subscriptionState", "settings", "receiveSettings"))
    if fields.get("subscriptionState") is not None:
        entry["subscriptionState"] = choice(
            fields["subscriptionState"], f"{where}.subscriptionState", STATES
        )
    for key in ("settings", "receiveSettings"):
        if isinstance(fields.get(key), dict):
            entry["receiveSettings"] = object_in(entry, "receiveSettings") | fields_of(
                fields[key], f"{where}.{key}"
            )
    return entry


def _check_id(participant: str) -> None:
    try:
        uuid.UUID(participant)
    except ValueError:
        raise BadValueError(f"{participant!r} is not a valid participant ID.") from None
