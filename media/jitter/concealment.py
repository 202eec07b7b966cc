"""The sound of what is missing: a decoder's guess that fades into the background."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import MediaError
from media.jitter.background import Background
from media.jitter.decoder import Decoder

_HOLD: Final = 0.060
"""Seconds for which a guess is believed; speech has changed after that."""

_FADE: Final = 0.100
_RISE: Final = 0.005


class Concealment:
    """Fills a hole of any length, without a click at either end."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder: Final = decoder
        rate = decoder.sample_rate
        self._hold: Final = int(_HOLD * rate)
        fade = int(_FADE * rate)
        self._gain: Final = np.linspace(1, 0, fade, endpoint=False, dtype=np.float32)[:, None]
        self._rise: Final = np.linspace(0, 1, int(_RISE * rate), dtype=np.float32)[:, None]
        self._background: Final = Background(decoder.channels)
        self._filled = 0

    def hear(self, samples: Samples) -> None:
        """Note real audio: its quietest packet is the background."""
        self._background.hear(samples)

    def fill(self, samples: int) -> Samples:
        """Return so much of the hole: a guess for 60 ms, fading for 100, then background."""
        start = self._filled
        self._filled += samples
        if start >= self._hold + len(self._gain):
            return self._background.take(samples)
        guess = self.noise(samples)
        if self._filled <= self._hold:
            return guess
        gain = np.zeros((samples, 1), np.float32)
        held = max(0, self._hold - start)
        gain[:held] = 1
        rest = self._gain[max(0, start - self._hold) :][: samples - held]
        gain[held : held + len(rest)] = rest
        mixed = guess * gain + self._background.take(samples) * (1 - gain)
        return np.rint(mixed).astype(np.int16)

    def noise(self, samples: int) -> Samples:
        """Return so many samples as the decoder goes on by itself: a guess, or comfort noise."""
        try:
            return self._decoder.conceal(samples)
        except MediaError:  # a decoder that cannot goes on with silence
            return np.zeros((samples, self._decoder.channels), np.int16)

    def end(self, samples: Samples) -> Samples:
        """Return the first real audio after a hole, faded in where the guess had faded out."""
        filled, self._filled = self._filled, 0
        if filled <= self._hold or not len(samples):
            return samples
        rising = min(len(self._rise), len(samples))
        samples = samples.copy()
        gain = self._rise[:rising]
        mixed = samples[:rising] * gain + self._background.take(rising) * (1 - gain)
        samples[:rising] = np.rint(mixed)
        return samples

    def clear(self) -> None:
        """Forget the stream."""
        self._filled = 0
        self._background.clear()
