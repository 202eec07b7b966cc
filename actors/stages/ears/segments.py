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
    power = _power(samples)
    if not len(power):
        return len(samples) // 2
    return (int(power.argmin()) + _SMOOTH // 2) * _WINDOW + _WINDOW // 2


def loudest(samples: NDArray[np.int16]) -> float:
    """Return the RMS of the loudest 100 ms (of all, where there is less), 0 for no samples."""
    power = _power(samples)
    if len(power):
        return float(np.sqrt(power.max()))
    return float(np.sqrt(np.mean(samples.astype(np.float32) ** 2))) if len(samples) else 0.0


def _power(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return the mean power of each 100 ms, one every 20 ms; none where there is not enough."""
    whole = len(samples) // _WINDOW
    if whole <= _SMOOTH:
        return np.zeros(0, np.float32)
    windows = samples[: whole * _WINDOW].reshape(whole, _WINDOW).astype(np.float32)
    power = np.einsum("ij,ij->i", windows, windows) / _WINDOW
    # Not np.convolve: its stub's result is partly unknown.
    return np.lib.stride_tricks.sliding_window_view(power, _SMOOTH).mean(axis=1, dtype=np.float32)
