"""Gain that changes without a click."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_sample_rate

RAMP: Final = 0.02
"""Seconds of a whole change, unless told otherwise."""


class GainRamp:
    """Scales a stream; a new gain is reached along a straight line, sample by sample.

    `gain` is a factor from 0 up. The result does not depend on how the stream is cut. Raises
    `FormatError` for a negative or non-finite gain, and for a ramp of no length.
    """

    def __init__(self, sample_rate: int, gain: float = 1.0, *, seconds: float = RAMP) -> None:
        self._steps = round(check_sample_rate(sample_rate) * seconds)
        if self._steps < 1:
            raise FormatError(f"A ramp of {seconds} s has no sample: make it longer.")
        self._from = self._target = _checked(gain)
        self._done = self._steps

    @property
    def gain(self) -> float:
        """The gain of the sample that was scaled last."""
        return self._from + (self._target - self._from) * self._done / self._steps

    def change(self, gain: float) -> None:
        """Go to `gain` from where the gain stands now."""
        self._from, self._target, self._done = self.gain, _checked(gain), 0

    def process(self, samples: Samples) -> Samples:
        """Return int16 `[n, channels]` scaled, rounded and saturated."""
        if self._done == self._steps and self._target == 1:
            return samples
        steps = np.minimum(self._done + np.arange(1, len(samples) + 1), self._steps)
        gains = self._from + (self._target - self._from) * steps / self._steps
        self._done = min(self._done + len(samples), self._steps)
        scaled = np.rint(samples * gains[:, None])
        return np.clip(scaled, -32768, 32767).astype(np.int16)


def _checked(gain: float) -> float:
    if not (np.isfinite(gain) and gain >= 0):
        raise FormatError(f"The gain {gain!r} is no factor: it must be 0 or more, and finite.")
    return gain
