"""What one virtual speaker hears: every call that it was chosen in."""

from __future__ import annotations

from typing import Final

import numpy as np

from actors.devices import SpeakerDevice
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
        """Hear that call no more."""
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
        if not others:
            return heard
        shape = (frames, self.channels)
        voices = [np.frombuffer(heard, "<i2").reshape(shape)]
        for pcm in others:
            voice = np.zeros(shape, np.int16)
            part = np.frombuffer(pcm, "<i2").reshape(-1, self.channels)
            voice[: len(part)] = part
            voices.append(voice)
        return mix([voice.astype(np.int16, copy=False) for voice in voices]).tobytes()
