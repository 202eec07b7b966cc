"""Voice detection by WebRTC's Gaussian mixtures: everywhere, 3 µs a frame, helpless in noise."""

from __future__ import annotations

import importlib
from typing import Final, Protocol, cast

import numpy as np

from actors.stages.detectors.detector import SAMPLE_RATE
from media import Samples

_WINDOW: Final = 320
"""Samples: 20 ms at 16 kHz (it takes 10, 20 or 30 ms)."""


class _Vad(Protocol):
    """The part of `webrtcvad.Vad` that is used here; it has no types."""

    def is_speech(self, buf: bytes, sample_rate: int) -> bool: ...


class WebRtcDetector:
    """Speech is what the mixtures say at `aggressiveness` 0 to 3 (3 takes the least for speech)."""

    def __init__(self, aggressiveness: int = 3) -> None:
        module = importlib.import_module("webrtcvad")
        self._vad = cast("_Vad", module.Vad(aggressiveness))
        self._held = np.zeros(0, np.int16)
        self._speech = False

    def hear(self, samples: Samples) -> bool:
        """See `Detector.hear`."""
        held = np.concatenate([self._held, samples[:, 0]])
        whole = len(held) // _WINDOW * _WINDOW
        for at in range(0, whole, _WINDOW):
            window = held[at : at + _WINDOW].tobytes()
            self._speech = self._vad.is_speech(window, SAMPLE_RATE)
        self._held = held[whole:]
        return self._speech
