"""The sound of the room when nothing else is known: what a long hole fades into."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples

_REMEMBERED: Final = 50
_EVERY: Final = 3
"""Packets among which the quietest tells the background: three seconds of speech have a pause,
and a pause lasts three packets."""

_LOUDEST: Final = 64.0
"""Root mean square, about -54 dBFS, as a quiet room: what was louder all the time was no pause."""

_STRIDE: Final = 4999
"""Where the next piece of the same noise begins, so that no period is heard."""


class Background:
    """Noise as loud as the quietest of the last three seconds; digital silence stays silent."""

    def __init__(self, channels: int) -> None:
        self._channels: Final = channels
        self._recent: Final[deque[Samples]] = deque(maxlen=_REMEMBERED)
        self._level: float | None = None
        self._heard = self._at = 0

    def hear(self, samples: Samples) -> None:
        """Remember a packet's audio as it is: most calls never need it."""
        self._heard += 1
        if self._heard % _EVERY == 1:
            self._recent.append(samples)
            self._level = None

    def take(self, samples: int) -> Samples:
        """Return so many samples of background."""
        level = self._level
        if level is None:
            level = self._level = self._measured()
        if not level:
            return np.zeros((samples, self._channels), np.int16)
        noise = _noise()
        places = np.arange(self._at, self._at + samples) % len(noise)
        self._at += samples + _STRIDE
        piece = np.rint(noise[places] * level).astype(np.int16)
        return np.repeat(piece[:, None], self._channels, axis=1)

    def _measured(self) -> float:
        powers = (
            float(np.mean(np.square(samples, dtype=np.float32)))
            for samples in self._recent
            if len(samples)
        )
        return min(min(powers, default=0.0) ** 0.5, _LOUDEST)

    def clear(self) -> None:
        """Forget the stream."""
        self._recent.clear()
        self._level = None


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.float32]:
    """Return noise of unit power, white but for smoothing over three samples; always the same."""
    white = np.random.default_rng(0).standard_normal(16384, np.float32)
    noise = (np.roll(white, 1) + 2 * white + np.roll(white, -1)) / np.float32(6**0.5)
    noise.setflags(write=False)
    return noise
