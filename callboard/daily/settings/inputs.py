"""Which camera, microphone and screen a client sends, and whether."""

from __future__ import annotations

from typing import Final

from callboard.daily.errors import BadValueError
from callboard.daily.shapes import Json, Object, copied, fields_of, flag, object_in

FROM_DEFAULTS: Final = "fromDefaults"
INPUTS: Final = ("camera", "microphone", "screenVideo", "screenAudio")
CUSTOM: Final = ("customAudio", "customVideo")
# Beyond the original: a client's own speaker, so that two clients can hear apart.
SPEAKER: Final = "speaker"

_SETTINGS: Final = {
    "camera": (
        "deviceId",
        "width",
        "height",
        "frameRate",
        "facingMode",
        "customConstraints",
        "customTrack",
    ),
    "microphone": ("deviceId", "customConstraints", "customTrack"),
    "screenVideo": ("deviceId", "width", "height", "frameRate", "customConstraints", "customTrack"),
    "screenAudio": ("deviceId", "customConstraints", "customTrack"),
    "speaker": ("deviceId",),
}


def default_inputs() -> Object:
    """Camera and microphone are on, the screen is not; no device is named."""
    return {
        "camera": {"isEnabled": True, "settings": {}},
        "microphone": {"isEnabled": True, "settings": {}},
        "screenVideo": {"isEnabled": False, "settings": {}},
        "screenAudio": {"isEnabled": False, "settings": {}},
        "customAudio": {},
        "customVideo": {},
    }


def changed_inputs(before: Object, given: object) -> Object:
    """What inputs become by `given`; whatever it does not name stays.

    Each input is a bool, or a dict of `isEnabled` and `settings`; either may be left out. The text
    "fromDefaults", for one or for all, begins anew. Raises `BadValueError`.
    """
    if given == FROM_DEFAULTS:
        return default_inputs() | {key: before[key] for key in CUSTOM}
    after = copied(before)
    for name, value in fields_of(given, "inputs", (*INPUTS, *CUSTOM, SPEAKER)).items():
        if value is None:
            continue
        if name in CUSTOM:
            _change_custom(object_in(after, name), value, name)
        elif value == FROM_DEFAULTS:
            after[name] = default_inputs().get(name, {})
        else:
            _change(object_in(after, name), value, name)
    return after


def _change(entry: Object, value: Json, name: str) -> None:
    where = f"inputs.{name}"
    if isinstance(value, bool):
        entry["isEnabled"] = value
        return
    fields = fields_of(value, where, ("isEnabled", "settings"))
    if fields.get("isEnabled") is not None:
        entry["isEnabled"] = flag(fields["isEnabled"], f"{where}.isEnabled")
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
