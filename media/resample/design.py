"""The low-pass filter of a rate conversion, and its matrix form."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from media.errors import FormatError
from media.formats import check_sample_rate

Quality = Literal["fast", "hq", "vhq"]

BLOCK_OUTPUTS: Final = 32
"""Outputs of one row of the product: enough to feed a matrix kernel, few enough to waste little."""


@attrs.frozen
class Band:
    """A filter's edges as fractions of the lower Nyquist frequency, and its stop band in dB."""

    passes: float
    stops: float
    attenuation: float


BANDS: Final[dict[Quality, Band]] = {
    "fast": Band(0.90, 1.10, 110.0),
    "hq": Band(0.913, 1.0, 110.0),
    "vhq": Band(0.95, 1.0, 140.0),
}


@attrs.frozen(eq=False)
class Design:
    """One conversion as a product: `outputs = window @ matrix` for each `step` input samples."""

    matrix: NDArray[np.float32]
    """Shape `[window, outputs]`."""
    step: int
    """Input samples by which the window moves."""
    lead: int
    """Input samples of history before the first input: silence at the beginning."""
    delay: float
    """Seconds from a sample's input to its output: constant."""


def kaiser_low_pass(up: int, down: int, band: Band) -> tuple[NDArray[np.float64], int]:
    """Return the taps at `up` times the input rate, and the index of the middle one.

    A sinc in a Kaiser window; length and beta by Kaiser's formulas (Oppenheim and Schafer,
    Discrete-Time Signal Processing, section 7.5).
    """
    nyquist = 0.5 / max(up, down)
    width = (band.stops - band.passes) * nyquist
    cut = (band.stops + band.passes) / 2 * nyquist
    length = math.ceil((band.attenuation - 7.95) / (14.36 * width)) + 1
    half = -(-length // 2)
    n = np.arange(-half, half + 1)
    beta = 0.1102 * (band.attenuation - 8.7)
    return 2 * cut * up * np.sinc(2 * cut * n) * np.kaiser(2 * half + 1, beta), half


@lru_cache(maxsize=64)
def design(source_rate: int, target_rate: int, quality: Quality) -> Design:
    """Return the product that converts `source_rate` to `target_rate` (Hz).

    Raises `FormatError` for rates and qualities that there are not.
    """
    check_sample_rate(source_rate)
    check_sample_rate(target_rate)
    if quality not in BANDS:
        raise FormatError(f"The quality is {quality!r}; it must be one of {', '.join(BANDS)}.")
    common = math.gcd(source_rate, target_rate)
    up, down = target_rate // common, source_rate // common
    taps, half = kaiser_low_pass(up, down, BANDS[quality])
    # Whole blocks make up 20 ms exactly, so that each 20 ms in gives its 20 ms out.
    periods = source_rate // 50 // down
    block = max(1, min(periods, BLOCK_OUTPUTS // up))
    while periods % block:
        block -= 1
    outputs, step = up * block, down * block
    # Output j stands at input time j*down/up: it weighs input i by taps[j*down - i*up + half].
    first = -(half // up)
    last = ((outputs - 1) * down + half) // up
    index = np.arange(outputs)[None, :] * down - np.arange(first, last + 1)[:, None] * up + half
    inside = (index >= 0) & (index < len(taps))
    matrix = np.where(inside, taps[np.clip(index, 0, len(taps) - 1)], 0.0).astype(np.float32)
    ahead = last + 1 - step
    return Design(matrix, step, len(matrix) - step, ahead / source_rate)
