"""What a client publishes of its inputs, and in which quality."""

from __future__ import annotations

from typing import Final

from callboard.daily.shapes import Json, Object, choice, copied, fields_of, flag, number, object_in

QUALITIES: Final = ("low", "medium", "high")
CODECS: Final = ("VP8", "H264", "H265", "VP9", "AV1")
PRESETS: Final = ("speech", "music")
LAYER: Final = ("maxBitrate", "maxFramerate", "scaleResolutionDownBy")
VIDEO: Final = ("camera", "screenVideo")
AUDIO: Final = ("microphone", "screenAudio")
CUSTOM: Final = ("customAudio", "customVideo")

_VIDEO_KEYS: Final = (
    "maxQuality",
    "preferredCodec",
    "encodings",
    "allowAdaptiveLayers",
    "startBitrate",
)
_LAYERS: Final = (
    ("low", 90_000, 15, 4.0),
    ("medium", 200_000, 15, 2.0),
    ("high", 680_000, 30, 1.0),
)


def default_publishing() -> Object:
    """Everything is published: VP8 in three layers, a mono microphone."""
    return {
        "camera": {"isPublishing": True, "sendSettings": _video()},
        "microphone": {"isPublishing": True, "sendSettings": {"channelConfig": "mono"}},
        "screenVideo": {"isPublishing": True, "sendSettings": _video()},
        "screenAudio": {"isPublishing": True, "sendSettings": {"channelConfig": "mono"}},
        "customAudio": {},
        "customVideo": {},
    }


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
    """What is published by `given`; whatever it does not name stays. Raises `BadValueError`."""
    after = copied(before)
    for name, value in fields_of(given, "publishing", (*VIDEO, *AUDIO, *CUSTOM)).items():
        if value is None:
            continue
        if name in CUSTOM:
            tracks = object_in(after, name)
            for track, entry in fields_of(value, f"publishing.{name}").items():
                kind = "microphone" if name == "customAudio" else "camera"
                _change(object_in(tracks, track), entry, f"publishing.{name}.{track}", kind)
        else:
            _change(object_in(after, name), value, f"publishing.{name}", name)
    return after


def _change(entry: Object, value: Json, where: str, kind: str) -> None:
    if isinstance(value, bool):
        entry["isPublishing"] = value
        return
    fields = fields_of(value, where, ("isPublishing", "sendSettings"))
    if fields.get("isPublishing") is not None:
        entry["isPublishing"] = flag(fields["isPublishing"], f"{where}.isPublishing")
    settings = fields.get("sendSettings")
    if settings is None:
        return
    where = f"{where}.sendSettings"
    if kind in AUDIO:
        entry["sendSettings"] = _audio_settings(settings, where)
    else:
        changes = _video_settings(settings, where)
        entry["sendSettings"] = object_in(entry, "sendSettings") | changes


def _audio_settings(value: Json, where: str) -> Json:
    if isinstance(value, str):
        return choice(value, where, PRESETS)
    fields = fields_of(value, where, ("channelConfig", "bitrate"))
    if fields.get("channelConfig") is not None:
        choice(fields["channelConfig"], f"{where}.channelConfig", ("mono", "stereo"))
    if fields.get("bitrate") is not None:
        number(fields["bitrate"], f"{where}.bitrate", 1)
    return fields


def _video_settings(value: Json, where: str) -> Object:
    if isinstance(value, str):
        choice(value, where, ("default",))
        return {}
    fields = fields_of(value, where, _VIDEO_KEYS)
    if fields.get("maxQuality") is not None:
        choice(fields["maxQuality"], f"{where}.maxQuality", QUALITIES)
    if fields.get("preferredCodec") is not None:
        choice(fields["preferredCodec"], f"{where}.preferredCodec", CODECS)
    if fields.get("startBitrate") is not None:
        number(fields["startBitrate"], f"{where}.startBitrate", 1)
    if fields.get("encodings") is not None and not isinstance(fields["encodings"], str):
        for name, layer in fields_of(fields["encodings"], f"{where}.encodings", QUALITIES).items():
            for key, limit in fields_of(layer, f"{where}.encodings.{name}", LAYER).items():
                if limit is not None:
                    number(limit, f"{where}.encodings.{name}.{key}", 1)
    return fields
