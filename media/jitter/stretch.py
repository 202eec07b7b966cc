"""Plays a little faster or slower without a change of pitch, and joins two pieces without a click.

WSOLA (Verhelst and Roelands, 1993) on the few tens of milliseconds at hand: find the lag at which
the signal resembles itself best, and cross-fade across it, which removes or repeats one period.
"""

from __future__ import annotations

from math import ceil
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
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
    """Shortens, lengthens or joins int16 `[n, channels]` at one sample rate."""

    def __init__(self, sample_rate: int) -> None:
        self._step: Final = max(1, sample_rate // _SEARCH_RATE)
        self._shortest: Final = int(SHORTEST_LAG * sample_rate)
        self.longest: Final = int(LONGEST_LAG * sample_rate)
        self.overlap: Final = int(OVERLAP * sample_rate)
        self._rise: Final = _raised_cosine(self.overlap)

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

    def join(self, before: Samples, after: Samples) -> Samples:
        """Return `after` so that it follows on `before` without a click.

        Where it clicks, it is cross-faded with the last period of `before`, repeated.
        """
        count = min(self.overlap, len(after))
        if not self._clicks(before, after[:count]):
            return after
        lag, gain = self._period(before)
        line = before.astype(np.float64)
        while len(line) < len(before) + count:
            again = gain * _between(line, len(line) - 1 - lag, ceil(lag))
            # A period ends about where it began: what is left of a step goes on with the rest.
            line = np.concatenate((line, again[1:] + (line[-1] - again[0])))
        old = line[len(before) :][:count]
        rise = self._rise if count == self.overlap else _raised_cosine(count)
        mixed = old + rise * (after[:count] - old)
        joined = after.copy()
        joined[:count] = np.clip(np.rint(mixed), -32768, 32767)
        return joined

    def _clicks(self, before: Samples, after: Samples) -> bool:
        """Tell whether the beginning of `after` bends more sharply than all of `before`."""
        if not len(after) or len(before) <= self.overlap + self._shortest:
            return False
        usual = np.abs(np.diff(before.astype(np.int32), 2, axis=0)).max()
        seam = np.concatenate((before[-2:], after)).astype(np.int32)
        return bool(np.abs(np.diff(seam, 2, axis=0)).max() > usual)

    def _period(self, samples: Samples) -> tuple[float, float]:
        """Return the period with which `samples` ends, and its gain from one to the next."""
        most = min(self.longest, len(samples) - self.overlap - 1)
        near = self._lag(samples[::-1], most, 0.0) or most
        first, last = max(1, near - self._step), min(most, near + self._step)
        signal = samples[-last - self.overlap :].mean(axis=1, dtype=np.float32)
        end = signal[-self.overlap :]
        spans = sliding_window_view(signal[:-first], self.overlap)
        energy = np.maximum(np.einsum("ij,ij->i", spans, spans), 1.0)
        products = spans @ end
        alike = products / np.sqrt(energy)
        best = int(alike.argmax())
        lag = float(last - best)
        gain = min(1.0, max(0.0, float(products[best] / energy[best])))
        if 0 < best < len(alike) - 1:  # the top of the parabola through three points
            left, top, right = map(float, alike[best - 1 : best + 2])
            if (bow := left - 2 * top + right) < 0:
                lag -= 0.5 * (left - right) / bow
        return lag, gain

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


def _raised_cosine(count: int) -> NDArray[np.float32]:
    """Return gains from 0 to 1, `[count, 1]`: both halves of a cross-fade sum to one."""
    phase = (np.arange(count, dtype=np.float32) + 0.5) / count
    return (0.5 - 0.5 * np.cos(np.pi * phase)).astype(np.float32)[:, None]


def _between(samples: NDArray[np.float64], place: float, count: int) -> NDArray[np.float64]:
    """Return `count` values from a fractional place on, on straight lines between the samples."""
    low = int(place)
    left, right = samples[low : low + count], samples[low + 1 : low + 1 + count]
    return left + (right - left) * (place - low)
