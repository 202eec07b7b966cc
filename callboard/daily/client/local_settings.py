"""Everything that a client was told, and how its call is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

import attrs

from actors.call.call import Servers
from actors.call.port import IceServer
from actors.call.settings import MAX_BITRATE, MIN_BITRATE, AudioSettings, VideoSettings
from callboard.daily import settings
from callboard.daily.errors import BadValueError
from callboard.daily.settings import QUALITIES, default_publishing, is_subscribed
from callboard.daily.shapes import Json, Object, choice, fields_of, object_in

CustomKind = Literal["customAudio", "customVideo"]


class LocalSettings:
    """Inputs, publishing, profiles and subscriptions of one client."""

    def __init__(self) -> None:
        self.inputs = settings.default_inputs()
        self.publishing = settings.default_publishing()
        self.profiles = settings.default_profiles()
        self.subscriptions: Object = {}

    def is_sent(self, name: str) -> bool:
        """Whether an input is switched on and published."""
        return _flag(self.inputs.get(name), "isEnabled", False) and _flag(
            self.publishing.get(name), "isPublishing", True
        )

    def is_track_sent(self, kind: str, name: str) -> bool:
        """Whether a custom track is switched on and published."""
        return _flag(object_in(self.inputs, kind).get(name), "isEnabled", True) and _flag(
            object_in(self.publishing, kind).get(name), "isPublishing", True
        )

    def devices(self, name: str) -> tuple[str, ...]:
        """The devices that an input names: one, or a list of them."""
        match self.inputs.get(name):
            case {"settings": {"deviceId": str(device)}} if device:
                return (device,)
            case {"settings": {"deviceId": list(devices)}}:
                return tuple(each for each in devices if isinstance(each, str))
            case _:
                return ()

    def custom(self, kind: str) -> tuple[str, ...]:
        return tuple(object_in(self.inputs, kind))

    def track(self, kind: str, name: str) -> str | None:
        """The id of the track that is published under a name."""
        return _track_id(object_in(self.inputs, kind).get(name))

    def custom_track(self, name: str) -> str | None:
        """The id of the custom track that an input names."""
        return _track_id(self.inputs.get(name))

    def is_received(self, participant: str, name: str, custom: str | None = None) -> bool:
        return is_subscribed(self.profiles, self.subscriptions, participant, name, custom)


def _flag(entry: Json, key: str, default: bool) -> bool:
    given = entry.get(key) if isinstance(entry, dict) else None
    return given if isinstance(given, bool) else default


def _track_id(entry: Json) -> str | None:
    match entry:
        case {"settings": {"customTrack": {"id": str(track)}}}:
            return track
        case _:
            return None


LEAST_VIDEO, MOST_VIDEO = 50_000, 20_000_000
"""Bit/s that a call's pictures can be limited to."""

PLACEMENTS: Final = ("replace", "back", "front")


def audio_settings_of(publishing: Object) -> AudioSettings:
    """The encoder's settings for `publishing.microphone.sendSettings`."""
    match publishing.get("microphone"):
        case {"sendSettings": "music"}:
            return AudioSettings(bitrate=64_000, application="audio")
        case {"sendSettings": {"bitrate": int(bitrate)}}:
            return AudioSettings(bitrate=max(MIN_BITRATE, min(MAX_BITRATE, bitrate)))
        case {"sendSettings": {"channelConfig": "stereo"}}:
            return AudioSettings(bitrate=96_000)
        case _:
            return AudioSettings()


def video_settings_of(publishing: Object) -> VideoSettings:
    """The encoder's limits for `publishing.camera.sendSettings`: those of its best layer.

    As long as nobody has changed anything, the call's own, which are higher.
    """
    settings = object_in(dict(publishing), "camera").get("sendSettings")
    defaults = object_in(default_publishing(), "camera").get("sendSettings")
    if not isinstance(settings, dict) or settings == defaults:
        return VideoSettings()
    layer = _best_layer(settings)
    video_settings = VideoSettings()
    bitrate, rate = layer.get("maxBitrate"), layer.get("maxFramerate")
    if isinstance(bitrate, int | float):
        limit = max(LEAST_VIDEO, min(MOST_VIDEO, round(bitrate)))
        video_settings = attrs.evolve(
            video_settings, bitrate=limit, lowest_bitrate=min(video_settings.lowest_bitrate, limit)
        )
    if isinstance(rate, int | float):
        video_settings = attrs.evolve(video_settings, frame_rate=max(1, min(60, round(rate))))
    return video_settings


def _best_layer(settings: Object) -> Object:
    """The highest layer up to `maxQuality` that is described."""
    encodings = settings.get("encodings")
    layers = encodings if isinstance(encodings, dict) else {}
    best = settings.get("maxQuality")
    allowed = QUALITIES[: QUALITIES.index(best) + 1] if best in QUALITIES else QUALITIES
    for name in reversed(allowed):
        if isinstance(layer := layers.get(name), dict):
            return layer
    return {}


def heard_rate(speakers: Iterable[int]) -> int:
    """The rate in Hz at which everybody is decoded, for speakers of these rates."""
    highest = max(speakers, default=16_000)
    return 16_000 if highest <= 16_000 else 24_000 if highest <= 24_000 else 48_000


def servers_of(config: Object | None) -> Callable[[Servers], Servers] | None:
    """Which servers to use by `set_ice_config`, given those of the room. Raises `BadValueError`."""
    if config is None:
        return None
    placement = choice(config.get("placement", "replace"), "ice_config.placement", PLACEMENTS)
    given = config.get("iceServers")
    if not isinstance(given, list):
        raise BadValueError("ice_config.iceServers must be a list of servers.")
    own = tuple(_server(each, f"ice_config.iceServers[{at}]") for at, each in enumerate(given))

    match placement:
        case "front":
            return lambda rooms: own + rooms
        case "back":
            return lambda rooms: rooms + own
        case _:
            return lambda _: own


def _server(given: Json, where: str) -> IceServer:
    fields = fields_of(given, where, ("urls", "url", "username", "credential"))
    urls = fields.get("urls", fields.get("url"))
    texts = [urls] if isinstance(urls, str) else urls if isinstance(urls, list) else []
    addresses = tuple(each for each in texts if isinstance(each, str))
    if not addresses or len(addresses) != len(texts):
        raise BadValueError(f"{where}.urls must be one URL or a list of them, as stun:HOST:3478.")
    username, credential = fields.get("username"), fields.get("credential")
    return IceServer(
        addresses,
        username if isinstance(username, str) else None,
        credential if isinstance(credential, str) else None,
    )
