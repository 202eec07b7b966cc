"""Both sides of a call on one clock."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from media import AudioFrame

RATE = 16_000
TICK = 320
"""Samples of 20 ms, by which a call goes on."""


@attrs.define(eq=False)
class Tape:
    """The caller's sound beside everybody else's; time 0 is the call's first tick."""

    _said: list[NDArray[np.int16]] = attrs.field(factory=list[NDArray[np.int16]])
    _heard: list[NDArray[np.int16]] = attrs.field(factory=list[NDArray[np.int16]])
    length: int = 0
    """Samples so far."""
    missed: int = 0
    """Samples of ticks that this program was too late for; they stand as silence."""

    def add(self, said: NDArray[np.int16], heard: AudioFrame) -> None:
        """Add one tick; a jump of the frame's `pts` stands as silence on both sides."""
        if self.length and heard.pts > self.length:
            jump = heard.pts - self.length
            self._append(np.zeros(jump, np.int16), np.zeros(jump, np.int16))
            self.missed += jump
        self._append(said, heard.samples[:, 0])

    @property
    def seconds(self) -> float:
        return self.length / RATE

    @property
    def said(self) -> NDArray[np.int16]:
        """int16 `[n]` at 16 kHz."""
        return np.concatenate(self._said) if self._said else np.zeros(0, np.int16)

    @property
    def heard(self) -> NDArray[np.int16]:
        """int16 `[n]` at 16 kHz."""
        return np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)

    def stereo(self) -> AudioFrame:
        """Left what was said, right what was heard."""
        return AudioFrame(np.stack((self.said, self.heard), axis=1), RATE)

    def _append(self, said: NDArray[np.int16], heard: NDArray[np.int16]) -> None:
        self._said.append(said)
        self._heard.append(heard)
        self.length += len(heard)
