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

SINGLE_THREADED: Final = 262_144
"""Multiply-adds up to which OpenBLAS stays on the calling thread.

Its threshold is SMP_THRESHOLD_MIN (65,536) * GEMM_MULTITHREAD_THRESHOLD (4), interface/gemm.c.
Larger products would wake a thread for each core, for a few microseconds of work, in every call.
"""


@attrs.frozen
class Band:
    """A filter's edges as fractions of the lower Nyquist frequency, and its stop band in dB."""

    passes: float
    stops: float
    attenuation: float


BANDS: Final[dict[Quality, Band]] = {
    "fast": Band(0.90, 1.10, 111.0),
    "hq": Band(0.91, 1.0, 111.0),
    "vhq": Band(0.95, 1.0, 140.0),
}
"""`fast` lets the band's uppermost tenth alias, far above speech; the others let nothing."""


@attrs.frozen(eq=False)
class Design:
    """One conversion of 20 ms as a product: `rows` windows, each a `step` after the last."""

    matrix: NDArray[np.float32]
    """Shape `[window, outputs]`: `outputs = window @ matrix`."""
    step: int
    """Input samples by which the window moves."""
    rows: int
    """Windows in 20 ms."""
    product: int
    """Rows of one matrix product: a divisor of `rows`."""
    delay: float
    """Seconds from a sample's input to its output: constant."""

    @property
    def chunk(self) -> int:
        """Input samples of 20 ms."""
        return self.rows * self.step

    @property
    def lead(self) -> int:
        """Input samples of history before the chunk: silence at the beginning."""
        return len(self.matrix) - self.step

    @property
    def outputs(self) -> int:
        """Output samples of 20 ms."""
        return self.rows * self.matrix.shape[1]


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
    taps = 2 * cut * up * np.sinc(2 * cut * n) * np.kaiser(2 * half + 1, beta)
    return taps, half


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
    # Each phase passes silence's neighbour, a constant, at exactly one: no tone at the phase rate.
    for phase in range(up):
        taps[phase::up] /= taps[phase::up].sum()
    periods = source_rate // 50 // down
    block = _divisor(periods, BLOCK_OUTPUTS // up)
    outputs, step = up * block, down * block
    # Output j stands at input time j*down/up: it weighs input i by taps[j*down - i*up + half].
    first = -(half // up)
    last = ((outputs - 1) * down + half) // up
    index = np.arange(outputs)[None, :] * down - np.arange(first, last + 1)[:, None] * up + half
    inside = (index >= 0) & (index < len(taps))
    matrix = np.where(inside, taps[np.clip(index, 0, len(taps) - 1)], 0.0).astype(np.float32)
    matrix.setflags(write=False)
    rows = periods // block
    product = _divisor(rows, SINGLE_THREADED // matrix.size)
    return Design(matrix, step, rows, product, (last + 1 - step) / source_rate)


def _divisor(number: int, limit: int) -> int:
    """Return the largest divisor of `number` up to `limit`, at least 1."""
    return max(d for d in range(1, number + 1) if number % d == 0 and d <= max(limit, 1))
