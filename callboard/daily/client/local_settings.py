"""Everything that a client was told, whether in a call or not."""

from __future__ import annotations

from typing import Literal

from callboard.daily import settings
from callboard.daily.settings.subscriptions import is_subscribed
from callboard.daily.shapes import Json, Object, object_in

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
        entry, published = self.inputs.get(name), self.publishing.get(name)
        on = isinstance(entry, dict) and entry.get("isEnabled") is True
        return on and (
            not isinstance(published, dict) or published.get("isPublishing") is not False
        )

    def is_track_sent(self, kind: str, name: str) -> bool:
        """Whether a custom track is switched on and published."""
        entry = object_in(self.inputs, kind).get(name)
        published = object_in(self.publishing, kind).get(name)
        on = not isinstance(entry, dict) or entry.get("isEnabled") is not False
        return on and (
            not isinstance(published, dict) or published.get("isPublishing") is not False
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
        """The names of the custom tracks of a kind."""
        return tuple(object_in(self.inputs, kind))

    def track(self, kind: str, name: str) -> str | None:
        """The id of the track that is published under a name."""
        entry = object_in(self.inputs, kind).get(name)
        return _track_id(entry)

    def custom_track(self, name: str) -> str | None:
        """The id of the custom track that an input names."""
        return _track_id(self.inputs.get(name))

    def is_received(self, participant: str, name: str, custom: str | None = None) -> bool:
        """Whether a medium of a participant is subscribed to."""
        return is_subscribed(self.profiles, self.subscriptions, participant, name, custom)


def _track_id(entry: Json) -> str | None:
    match entry:
        case {"settings": {"customTrack": {"id": str(track)}}}:
            return track
        case _:
            return None
