"""Playing a little faster or slower without a change of pitch, by whole periods of the voice.

WSOLA (Verhelst and Roelands, 1993) on the few tens of milliseconds at hand: find the lag at which
the signal resembles itself best, and cross-fade across it, which removes or repeats one period.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples

SHORTEST_LAG: Final = 0.0025
"""Seconds: one period of a voice at 400 Hz."""

LONGEST_LAG: Final = 0.020
OVERLAP: Final = 0.005
"""Seconds that are compared and cross-faded."""

_QUIET: Final = 60.0  # mean square of about -73 dBFS: nobody hears what is done there
_SEARCH_RATE: Final = 8000


class Stretcher:
    """Shortens or lengthens int16 `[n, channels]` at one sample rate."""

    def __init__(self, sample_rate: int) -> None:
        self._step: Final = max(1, sample_rate // _SEARCH_RATE)
        self._shortest: Final = int(SHORTEST_LAG * sample_rate)
        self.longest: Final = int(LONGEST_LAG * sample_rate)
        self.overlap: Final = int(OVERLAP * sample_rate)
        # Raised cosine: both halves of a cross-fade sum to one.
        phase = (np.arange(self.overlap, dtype=np.float32) + 0.5) / self.overlap
        self._rise: Final = (0.5 - 0.5 * np.cos(np.pi * phase)).astype(np.float32)[:, None]

    def shorten(self, samples: Samples, most: int, likeness: float) -> Samples:
        """Return `samples` less one period of at most `most` samples, or as they are.

        `likeness` is the least normalized correlation (0 to 1) at which a cut is made.
        """
        lag = self._lag(samples, min(most, len(samples) - self.overlap), likeness)
        if not lag:
            return samples
        mixed = self._fade(samples[: self.overlap], samples[lag : lag + self.overlap])
        return np.concatenate((mixed, samples[lag + self.overlap :]))

    def lengthen(self, samples: Samples, most: int, likeness: float) -> Samples:
        """Return `samples` with one period of at most `most` samples repeated, or as they are."""
        lag = self._lag(samples, min(most, len(samples) - self.overlap), likeness)
        if not lag:
            return samples
        mixed = self._fade(samples[lag : lag + self.overlap], samples[: self.overlap])
        return np.concatenate((samples[:lag], mixed, samples[self.overlap :]))

    def _fade(self, old: Samples, new: Samples) -> Samples:
        mixed = old + self._rise * (new.astype(np.float32) - old)
        return np.rint(mixed).astype(np.int16)

    def _lag(self, samples: Samples, most: int, likeness: float) -> int:
        """Return the lag of the best likeness up to `most` samples, or 0."""
        most = min(most, self.longest)
        if most <= 0:
            return 0
        if most < 2 * self._step:
            return most  # a quarter of a millisecond: nobody hears that either
        signal = self._search_signal(samples[: most + self.overlap])
        width = self.overlap // self._step
        squares = np.concatenate((np.zeros(1, np.float32), np.cumsum(signal * signal)))
        energy = squares[width:] - squares[:-width]
        own = float(energy[0])
        if max(own, float(energy.max())) < _QUIET * width:
            return most
        first = min(self._shortest, most) // self._step
        products = np.correlate(signal[first:], signal[:width], "valid")
        scale = np.sqrt(np.maximum(energy[first : first + len(products)] * own, 1.0))
        alike = products / scale
        best = int(alike.argmax())
        if alike[best] < likeness:
            return 0
        return min((first + best) * self._step, most)

    def _search_signal(self, samples: Samples) -> NDArray[np.float32]:
        """Return the mono mean at about 8 kHz: enough to find a period, a ninth of the work."""
        count = len(samples) // self._step * self._step
        blocks = samples[:count].reshape(count // self._step, -1)
        return blocks.mean(axis=1, dtype=np.float32)
