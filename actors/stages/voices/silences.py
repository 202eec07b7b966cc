"""The silence around a clause: a model's own is long, and the person waits through it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_QUIET: Final = 330
"""Below this (-40 dB) a sample is silence: the tail of an "s" stays above it."""

_LEAD: Final = 0.03
"""Seconds kept before the first sound: a soft onset begins under the threshold."""

_TAIL: Final = 0.18
"""Seconds kept after the last sound: decays, and the breath before the next clause."""


def sounding(samples: NDArray[np.int16]) -> tuple[int, int]:
    """Return the range `[first, last)` of samples that sound; all of them where none does."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _QUIET)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))


def trimmed(samples: NDArray[np.int16], sample_rate: int) -> NDArray[np.int16]:
    """Return `samples` with at most 30 ms of silence before and 180 ms after the sound."""
    first, last = sounding(samples)
    start = max(0, first - round(_LEAD * sample_rate))
    return samples[start : last + round(_TAIL * sample_rate)].copy()
