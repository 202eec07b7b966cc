"""What one person hears: when sound begins and ends to the millisecond, and which letters came."""

import numpy as np
from numpy.typing import NDArray

from callboard.testing.entries import Heard
from callboard.testing.synthetic import read

AUDIBLE = 64
"""The smallest sample that counts as sound: -54 dBFS."""

PAUSE = 0.1
"""Seconds of silence that end what was heard as one."""


class Listener:
    """Takes the frames that come out of a person's loudspeaker, in order of time."""

    def __init__(self, name: str, sample_rate: int) -> None:
        self._name = name
        self._rate = sample_rate
        self._heard: list[Heard] = []
        self._sounds: list[tuple[float, NDArray[np.int16]]] = []
        self._begin: float | None = None
        self._end = 0.0
        self._heard_now: list[NDArray[np.int16]] = []

    def play(self, samples: NDArray[np.int16], at: float) -> None:
        """Hear `samples` (mono, `[n]`) from second `at` on. Silence need not be given."""
        loud = np.flatnonzero((samples > AUDIBLE) | (samples < -AUDIBLE))
        if not len(loud):
            return
        begin = at + int(loud[0]) / self._rate
        if self._begin is not None and begin - self._end > PAUSE:
            self._finish()
        if self._begin is None:
            self._begin = begin
        self._end = at + (int(loud[-1]) + 1) / self._rate
        self._heard_now.append(samples)
        self._sounds.append((at, samples))

    def heard(self) -> list[Heard]:
        """Everything so far."""
        self._finish()
        return list(self._heard)

    def recording(self, seconds: float) -> NDArray[np.int16]:
        """All that was heard in the first `seconds`, silence included: `[n]`."""
        recording = np.zeros(round(seconds * self._rate), np.int16)
        for at, samples in self._sounds:
            start = round(at * self._rate)
            part = samples[: max(0, len(recording) - start)]
            recording[start : start + len(part)] = part
        return recording

    def _finish(self) -> None:
        if self._begin is not None:
            # Read as a whole: a reader looks at many windows as fast as at one.
            text = read(np.concatenate(self._heard_now), self._rate)
            self._heard.append(Heard(self._begin, self._end, self._name, text))
        self._begin, self._heard_now = None, []
