"""The devices of a process by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from actors.devices import CameraDevice, MicrophoneDevice
from callboard.daily.errors import UnknownDeviceError
from callboard.daily.shapes import Json, Object
from callboard.daily.speaker_mix import SpeakerMix

T = TypeVar("T", CameraDevice, MicrophoneDevice, SpeakerMix)
Kind = Literal["camera", "microphone", "speaker"]


class Shelf(Generic[T]):
    """The devices of one kind, in order of creation. The newest of a name is the one meant."""

    def __init__(self) -> None:
        self._devices: list[T] = []

    def add(self, device: T) -> None:
        """Make a device known."""
        self._devices.append(device)

    def remove(self, device: T) -> None:
        """Forget a device."""
        if device in self._devices:
            self._devices.remove(device)

    def find(self, name: str) -> T | None:
        """The newest device of that name."""
        return next((each for each in reversed(self._devices) if each.name == name), None)

    @property
    def all(self) -> tuple[T, ...]:
        """Every device, the oldest first."""
        return tuple(self._devices)


class DeviceTable:
    """Every camera, microphone and speaker, and which speaker was selected. In Trio."""

    def __init__(self) -> None:
        self.cameras: Shelf[CameraDevice] = Shelf()
        self.microphones: Shelf[MicrophoneDevice] = Shelf()
        self.speakers: Shelf[SpeakerMix] = Shelf()
        self.selected: SpeakerMix | None = None
        self._changed: list[Callable[[], object]] = []

    def select_speaker(self, name: str) -> None:
        """Choose the speaker that clients play to. Raises `UnknownDeviceError`."""
        speaker = self.speakers.find(name)
        if speaker is None:
            known = ", ".join(repr(each.name) for each in self.speakers.all) or "none yet"
            raise UnknownDeviceError(
                f"unable to select virtual speaker device {name!r}; there are: {known}."
            )
        self.selected = speaker
        self.notify()

    def subscribe(self, changed: Callable[[], object]) -> Callable[[], None]:
        """Be called after every change, until the function that is returned is called."""
        self._changed.append(changed)
        return lambda: self._changed.remove(changed)

    def notify(self) -> None:
        """Say that something has changed."""
        for changed in tuple(self._changed):
            changed()

    def listed(self) -> Object:
        """The devices as `on_available_devices_updated` tells them."""
        kinds: dict[str, Json] = {
            "camera": [_info(each.name, "videoinput") for each in self.cameras.all],
            "microphone": [_info(each.name, "audioinput") for each in self.microphones.all],
            "speaker": [_info(each.name, "audiooutput") for each in self.speakers.all],
        }
        audio = [each for kind in ("microphone", "speaker") for each in _items(kinds[kind])]
        return {"audio": audio, **kinds}


def _info(name: str, kind: str) -> Json:
    return {"deviceId": name, "groupId": "", "kind": kind, "label": name}


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
