"""The devices of a process by name, and what a speaker hears of the calls that chose it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from actors.devices import SpeakerDevice
from callboard.daily.errors import UnknownDeviceError
from callboard.daily.shapes import Json, Object
from callboard.daily.writing import PcmWriter, PictureWriter
from media.mix import mix

PART_SECONDS: Final = 1
"""A long read is made of parts, because a device answers a minute at most."""


class SpeakerMix:
    """Reads one device for each call, and one that is silent while there is none. In Trio."""

    def __init__(self, name: str, sample_rate: int, channels: int) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self.channels = channels
        self._silence = SpeakerDevice(name, sample_rate, channels)
        self._heard: list[SpeakerDevice] = []
        self._begun = False

    @property
    def state(self) -> str:
        """`running` while a call is heard, else `unattached`."""
        return "running" if self._heard else "unattached"

    def open_device(self) -> SpeakerDevice:
        """A device that a call attaches; it is heard until `close_device`."""
        device = SpeakerDevice(self.name, self.sample_rate, self.channels)
        self._heard.append(device)
        return device

    def close_device(self, device: SpeakerDevice) -> None:
        if device in self._heard:
            self._heard.remove(device)
        device.close()

    async def read(self, frames: int) -> bytes:
        """So many frames of 16-bit PCM, in real time. Cancelled, what came so far is lost."""
        if not self._begun:
            # The silence since the creation is no longer now; what a call has said is.
            self._begun = True
            self._silence.clear()
        most = PART_SECONDS * self.sample_rate
        parts: list[bytes] = []
        while frames > 0:
            part = min(frames, most)
            parts.append(await self._read_part(part))
            frames -= part
        return b"".join(parts)

    async def _read_part(self, frames: int) -> bytes:
        first = self._heard[0] if self._heard else self._silence
        heard = await first.read(frames)
        if first is not self._silence:
            self._silence.clear()
        others = [each.read_nowait(frames) for each in self._heard if each is not first]
        padded = (pcm.ljust(len(heard), b"\0") for pcm in (heard, *others))
        return mix(
            [np.frombuffer(pcm, np.int16).reshape(-1, self.channels) for pcm in padded]
        ).tobytes()


T = TypeVar("T", SpeakerMix, PcmWriter, PictureWriter)


class Shelf(Generic[T]):
    """The devices of one kind, in order of creation. The newest of a name is the one meant.

    Args:
        added: called after a device was added.
    """

    def __init__(self, added: Callable[[], object]) -> None:
        self._devices: list[T] = []
        self._added = added

    def add(self, device: T) -> None:
        self._devices.append(device)
        self._added()

    def remove(self, device: T) -> None:
        if device in self._devices:
            self._devices.remove(device)

    def find(self, name: str) -> T | None:
        """The newest device of that name."""
        return next((each for each in reversed(self._devices) if each.name == name), None)

    @property
    def all(self) -> tuple[T, ...]:
        return tuple(self._devices)


class DeviceTable:
    """Every camera, microphone and speaker, and which speaker hears whom. In Trio.

    `select_speaker` chooses for clients that join from then on, and each keeps its speaker. A
    selected speaker that no client has as its own hears all of them; where none was ever selected,
    every speaker does. So one client and one speaker need no thought, and two bots of one process,
    each with a speaker of its own, do not hear each other's calls.
    """

    def __init__(self) -> None:
        self.cameras: Shelf[PictureWriter] = Shelf(self.notify)
        self.microphones: Shelf[PcmWriter] = Shelf(self.notify)
        self.speakers: Shelf[SpeakerMix] = Shelf(self.notify)
        self._selected: SpeakerMix | None = None
        self._own: WeakKeyDictionary[object, SpeakerMix] = WeakKeyDictionary()
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

    def latch(self, client: object) -> None:
        """A client joins: what is selected now is its own speaker from now on."""
        if self._selected is not None and client not in self._own:
            self._own[client] = self._selected
            self.notify()

    def speakers_of(self, client: object, chosen: Sequence[str]) -> tuple[SpeakerMix, ...]:
        """Return the speakers that a client's call plays to: those chosen by name, if any."""
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
