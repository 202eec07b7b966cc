"""Levels of audio: how loud it is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from media.audio_frame import Samples

FULL_SCALE: Final = 32768.0
SILENCE: Final = -127.0
"""dBFS of digital silence: the lowest level that RTP can tell (RFC 6464)."""


def rms(samples: Samples) -> float:
    """Return the root mean square, 0 to 1 of full scale."""
    if samples.size == 0:
        return 0.0
    line = samples.ravel().astype(np.float32)
    return math.sqrt(float(np.dot(line, line)) / line.size) / FULL_SCALE


def dbfs(samples: Samples) -> float:
    """Return the rms level in dB of full scale, -127 at least."""
    level = rms(samples)
    return max(20 * math.log10(level), SILENCE) if level > 0 else SILENCE
