"""Where a long stretch of speech may be cut without cutting a word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WINDOW = 320
"""Samples: 20 ms at 16 kHz."""

_SMOOTH = 5
"""Windows that are averaged: the closure of a "t" is shorter, a gap between words is not."""


def quietest(samples: NDArray[np.int16]) -> int:
    """Return the middle of the quietest 100 ms in `samples`, int16 `[n]`, as a sample number."""
    whole = len(samples) // _WINDOW
    if whole <= _SMOOTH:
        return len(samples) // 2
    windows = samples[: whole * _WINDOW].reshape(whole, _WINDOW).astype(np.float32)
    power = np.einsum("ij,ij->i", windows, windows)
    smooth = np.convolve(power, np.ones(_SMOOTH, np.float32), "valid")
    return (int(smooth.argmin()) + _SMOOTH // 2) * _WINDOW + _WINDOW // 2
