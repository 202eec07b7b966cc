"""What a voice detector is, and which one serves when nobody chooses."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Protocol

from media import Samples

SAMPLE_RATE = 16000
"""Hz that every detector hears."""


class Detector(Protocol):
    """Tells speech from everything else in one stream of audio, in order.

    It may carry state from frame to frame, so each speaker has a detector of their own.
    """

    def hear(self, samples: Samples) -> bool:
        """Take the next samples (int16 `[n, 1]` at 16 kHz): does somebody speak in them?"""
        ...


MakeDetector = Callable[[], Detector]


def default_detector() -> MakeDetector:
    """Return earshot where it is installed, else webrtcvad, which always is.

    In steady noise (5 dB SNR) webrtcvad takes most of the noise for speech, earshot 5 % of it.
    """
    if importlib.util.find_spec("earshot") is not None:
        from actors.stages.detectors.earshot import EarshotDetector  # noqa: PLC0415  (optional)

        return EarshotDetector
    from actors.stages.detectors.webrtc import WebRtcDetector  # noqa: PLC0415

    return WebRtcDetector
