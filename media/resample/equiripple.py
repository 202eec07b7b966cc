"""From a prototype's taps to those of any ratio."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_REACH: Final = 7
"""Taps of the prototype on either side that weigh in one between: images stay 140 dB down, because
nothing is left above a quarter of the prototype's band."""

_BETA: Final = 14.5
_TAIL: Final = 3
"""Taps kept beyond the prototype's last, which is not quite nothing."""


def interpolated(
    half: NDArray[np.float64], over: int, rate: int
) -> tuple[NDArray[np.float64], int]:
    """Return taps at `rate` times the lower rate, and the index of the middle one.

    `half` is the prototype at `over` times the lower rate, from its middle one on.
    """
    last = len(half) - 1
    prototype = np.concatenate((half[:0:-1], half))
    if rate == over:
        return prototype, last
    middle = int((last + _TAIL) * rate / over)
    at = np.arange(-middle, middle + 1) * over / rate
    nearest = np.floor(at).astype(np.int64)
    taps = np.zeros(len(at))
    for step in range(1 - _REACH, _REACH + 1):
        index = nearest + step
        away = at - index
        window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (away / _REACH) ** 2))) / np.i0(_BETA)
        inside = np.abs(index) <= last
        weight = np.where(inside, prototype[np.clip(index + last, 0, 2 * last)], 0.0)
        taps += weight * np.sinc(away) * window
    return taps, middle
