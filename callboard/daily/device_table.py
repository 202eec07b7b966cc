"""The devices of a process by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from callboard.daily.errors import UnknownDeviceError
from callboard.daily.shapes import Json, Object
from callboard.daily.speaker_mix import SpeakerMix

if TYPE_CHECKING:
    from callboard.daily.client.actor import ClientActor
    from callboard.daily.pcm_writer import PcmWriter
    from callboard.daily.picture_writer import PictureWriter


class Named(Protocol):
    """A device."""

    @property
    def name(self) -> str:
        """As given at creation."""
        ...


T = TypeVar("T", bound=Named)


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
    """Every camera, microphone and speaker, and which speaker hears whom. In Trio.

    `select_speaker` chooses for clients that join from then on, and each keeps its speaker. A
    selected speaker that no client has as its own hears all of them; where none was ever selected,
    every speaker does. So one client and one speaker need no thought, and two bots of one process,
    each with a speaker of its own, do not hear each other's calls.
    """

    def __init__(self) -> None:
        self.cameras: Shelf[PictureWriter] = Shelf()
        self.microphones: Shelf[PcmWriter] = Shelf()
        self.speakers: Shelf[SpeakerMix] = Shelf()
        self._selected: SpeakerMix | None = None
        self._own: WeakKeyDictionary[ClientActor, SpeakerMix] = WeakKeyDictionary()
        self._changed: list[Callable[[], object]] = []

    def select_speaker(self, name: str) -> None:
        """Choose the speaker that clients play to. Raises `UnknownDeviceError`."""
        speaker = self.speakers.find(name)
        if speaker is None:
            known = ", ".join(repr(each.name) for each in self.speakers.all) or "none yet"
            raise UnknownDeviceError(
                f"unable to select virtual speaker device {name!r}; there are: {known}."
            )
        self._selected = speaker
        self.notify()

    def latch(self, client: ClientActor) -> None:
        """A client joins: what is selected now is its own speaker from now on."""
        if self._selected is not None and client not in self._own:
            self._own[client] = self._selected
            self.notify()

    def speakers_of(self, client: ClientActor) -> tuple[SpeakerMix, ...]:
        """The speakers that a client's call plays to."""
        chosen = client.settings.devices("speaker")
        if chosen:
            found = (self.speakers.find(name) for name in chosen)
            return tuple(speaker for speaker in found if speaker is not None)
        owned = set(self._own.values())
        own, selected = self._own.get(client), self._selected
        if own is None and selected is None:
            return tuple(each for each in self.speakers.all if each not in owned)
        wanted = [own] if own is not None else []
        if selected is not None and selected not in owned:
            wanted.append(selected)
        return tuple(each for each in wanted if each in self.speakers.all)

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
        microphones = [_info(each.name, "audioinput") for each in self.microphones.all]
        speakers = [_info(each.name, "audiooutput") for each in self.speakers.all]
        return {
            "audio": [*microphones, *speakers],
            "camera": [_info(each.name, "videoinput") for each in self.cameras.all],
            "microphone": microphones,
            "speaker": speakers,
        }


def _info(name: str, kind: str) -> Json:
    return {"deviceId": name, "groupId": "", "kind": kind, "label": name}
