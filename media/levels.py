"""How loud something is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples
from media.formats import check_sample_rate

FULL_SCALE: Final = 32768.0
SILENCE: Final = -127.0
"""dBFS of digital silence: the lowest level that RTP can tell (RFC 6464)."""
GATE: Final = -60.0
"""dBFS below which 20 ms are no speech, whatever stands beside them."""
MARGIN: Final = 15.9
"""dB between the active speech level and its threshold (ITU-T P.56)."""


def rms(samples: Samples) -> float:
    """Return the root mean square, 0 to 1 of full scale."""
    if samples.size == 0:
        return 0.0
    line = samples.ravel().astype(np.float32)
    return math.sqrt(float(np.dot(line, line)) / line.size) / FULL_SCALE


def peak(samples: Samples) -> float:
    """Return the largest magnitude, 0 to 1 of full scale."""
    if samples.size == 0:
        return 0.0
    return max(-int(samples.min()), int(samples.max())) / FULL_SCALE


def dbfs(samples: Samples) -> float:
    """Return the rms level in dB of full scale, -127 at least."""
    level = rms(samples)
    return max(20 * math.log10(level), SILENCE) if level > 0 else SILENCE


def rms_each(streams: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return the rms of each row of int16 `[streams, n]`, 0 to 1 of full scale."""
    if streams.shape[1] == 0:
        return np.zeros(len(streams))
    values = streams.astype(np.float64)
    return np.sqrt(np.einsum("ij,ij->i", values, values) / values.shape[1]) / FULL_SCALE


def peak_each(streams: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return the largest magnitude in each row of int16 `[streams, n]`, 0 to 1 of full scale."""
    if streams.shape[1] == 0:
        return np.zeros(len(streams))
    lowest, highest = streams.min(axis=1), streams.max(axis=1)
    return np.maximum(-lowest.astype(np.int32), highest) / FULL_SCALE


def dbfs_each(streams: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return the rms level of each row of int16 `[streams, n]` in dB of full scale."""
    levels = np.maximum(rms_each(streams), 10 ** (SILENCE / 20))
    return 20 * np.log10(levels)


def speech_dbfs(samples: Samples, sample_rate: int) -> float:
    """Return the level of speech without its pauses, in dB of full scale, -127 where none is.

    The mean power of those 20 ms that stand less than 15.9 dB (the margin of ITU-T P.56) below the
    mean of all that are louder than -60 dBFS: two gates, as in ITU-R BS.1770.
    """
    length = check_sample_rate(sample_rate) // 50
    whole = len(samples) // length * length
    if whole == 0:
        return SILENCE
    levels = rms_each(samples[:whole].reshape(-1, length * samples.shape[1])) ** 2
    loud = levels[levels > 10 ** (GATE / 10)]
    if loud.size == 0:
        return SILENCE
    active = loud[loud >= loud.mean() * 10 ** (-MARGIN / 10)]
    return 10 * math.log10(float(active.mean()))
