"""Voice detectors: they tell speech from everything else, one detector a stream of audio."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from media import Samples

SAMPLE_RATE: Final = 16000
"""Hz that every detector hears."""


class Detector(Protocol):
    """Tells speech from everything else in one stream of audio, in order.

    It may carry state from frame to frame, so each speaker has a detector of their own.
    """

    def hear(self, samples: Samples) -> bool:
        """Take the next samples (int16 `[n, 1]` at 16 kHz) and return whether they are speech."""
        ...


MakeDetector = Callable[[], Detector]


def default_detector() -> MakeDetector:
    """Return earshot where it is installed, else webrtcvad, which always is.

    In steady noise (5 dB SNR) webrtcvad takes most of the noise for speech, earshot 5 % of it.
    """
    return EarshotDetector if importlib.util.find_spec("earshot") else WebRtcDetector


class EarshotDetector:
    """A small network, 12 µs a window of 16 ms. The package `earshot` loads on use.

    Speech is a window that scores `threshold` or more; the last whole window counts. A frame that
    completes no window repeats the last answer.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        import earshot  # noqa: PLC0415  (optional)

        self._detector = earshot.Detector()
        self._threshold = threshold
        self._windows = _Windows(256)
        self._speech = False

    def hear(self, samples: Samples) -> bool:
        """See `Detector.hear`."""
        for window in self._windows.cut(samples):
            self._speech = self._detector.predict_i16(window) >= self._threshold
        return self._speech


class _Vad(Protocol):
    """The part of `webrtcvad.Vad` that is used here; it has no types."""

    def is_speech(self, buf: bytes, sample_rate: int) -> bool: ...


class WebRtcDetector:
    """WebRTC's Gaussian mixtures: everywhere, 3 µs a frame of 20 ms, helpless in noise.

    Speech is what the mixtures say at `aggressiveness` 0 to 3 (3 takes the least for speech).
    """

    def __init__(self, aggressiveness: int = 3) -> None:
        module = importlib.import_module("webrtcvad")
        self._vad = cast("_Vad", module.Vad(aggressiveness))
        self._windows = _Windows(320)
        self._speech = False

    def hear(self, samples: Samples) -> bool:
        """See `Detector.hear`."""
        for window in self._windows.cut(samples):
            self._speech = self._vad.is_speech(window.tobytes(), SAMPLE_RATE)
        return self._speech


class _Windows:
    """Cuts a stream into windows of one size; what fills none is held for the next call."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = np.zeros(0, np.int16)

    def cut(self, samples: Samples) -> Iterator[NDArray[np.int16]]:
        held = np.concatenate([self._held, samples[:, 0]])
        whole = len(held) // self._size * self._size
        self._held = held[whole:]
        for at in range(0, whole, self._size):
            yield held[at : at + self._size]
