"""Voice detection by earshot: a small network, 12 µs a window of 16 ms."""

from __future__ import annotations

from typing import Final

import earshot
import numpy as np

from media import Samples

_WINDOW: Final = 256
"""Samples: 16 ms at 16 kHz, the only size that it takes."""


class EarshotDetector:
    """Speech is a window that scores `threshold` or more; the last whole window counts.

    A frame that completes no window repeats the last answer.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self._detector = earshot.Detector()
        self._threshold = threshold
        self._held = np.zeros(0, np.int16)
        self._speech = False

    def hear(self, samples: Samples) -> bool:
        """See `Detector.hear`."""
        held = np.concatenate([self._held, samples[:, 0]])
        whole = len(held) // _WINDOW * _WINDOW
        for at in range(0, whole, _WINDOW):
            score = self._detector.predict_i16(held[at : at + _WINDOW])
            self._speech = score >= self._threshold
        self._held = held[whole:]
        return self._speech
