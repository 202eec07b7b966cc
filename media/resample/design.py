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
from media.resample.equiripple import interpolated
from media.resample.prototypes import PROTOTYPES

Quality = Literal["fast", "hq", "vhq"]

_OUTPUTS_UP: Final = 32
_OUTPUTS_DOWN: Final = 16
"""Outputs of one row of the product: enough to feed a matrix kernel, few enough to waste little.
Downwards a row's window moves by several inputs an output, so it wastes more."""

SINGLE_THREADED: Final = 262_144
"""Multiply-adds up to which OpenBLAS stays on the calling thread.

Its threshold is SMP_THRESHOLD_MIN (65,536) * GEMM_MULTITHREAD_THRESHOLD (4), interface/gemm.c.
Larger products would wake a thread for each core, for a few microseconds of work, in every call.
"""


STOPS: Final[dict[Quality, float]] = {"fast": 1.1, "hq": 1.0, "vhq": 1.0}
"""Where the stop band begins, as a fraction of the lower Nyquist frequency: `fast` lets the band's
uppermost tenth alias, far above speech; the others let nothing."""

_VHQ_PASSES: Final = 0.95
_VHQ_ATTENUATION: Final = 140.0


_WIDEST: Final = 80
"""Outputs of one matrix: wider ones consist mostly of zeros, since each output needs few inputs."""


@attrs.frozen(eq=False)
class Part:
    """Some of a row's outputs: those from `place` on, from the window's inputs from `first` on."""

    first: int
    place: int
    matrix: NDArray[np.float32]
    """Shape `[inputs, outputs]`."""


@attrs.frozen(eq=False)
class Design:
    """One conversion of 20 ms as a product: `rows` windows, each a `step` after the last."""

    window: int
    """Inputs that a row's outputs depend on."""
    parts: tuple[Part, ...]
    """Of one width, in order."""
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
        return self.window - self.step

    @property
    def outputs(self) -> int:
        """Output samples of 20 ms."""
        return self.rows * len(self.parts) * self.width

    @property
    def most_rows(self) -> int:
        """Rows of the largest product that stays on the calling thread."""
        return max(1, SINGLE_THREADED // max(part.matrix.size for part in self.parts))

    @property
    def width(self) -> int:
        """Outputs of one part."""
        return self.parts[0].matrix.shape[1]


def low_pass(up: int, down: int, quality: Quality) -> tuple[NDArray[np.float64], int]:
    """Return the taps at `up` times the input rate, and the index of the middle one."""
    if quality == "vhq":
        return _kaiser(up, down)
    rate = max(up, down)
    if rate == 1:
        return np.ones(1), 0
    over = min(rate, 4)
    half = np.array(PROTOTYPES[quality, over].split(), np.float64)
    taps, middle = interpolated(half, over, rate)
    return taps * (up / taps.sum()), middle


def _kaiser(up: int, down: int) -> tuple[NDArray[np.float64], int]:
    """Return a sinc in a Kaiser window; length and beta by Kaiser's formulas.

    Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.
    """
    nyquist = 0.5 / max(up, down)
    stops = STOPS["vhq"]
    width = (stops - _VHQ_PASSES) * nyquist
    cut = (stops + _VHQ_PASSES) / 2 * nyquist
    length = math.ceil((_VHQ_ATTENUATION - 7.95) / (14.36 * width)) + 1
    half = -(-length // 2)
    n = np.arange(-half, half + 1)
    beta = 0.1102 * (_VHQ_ATTENUATION - 8.7)
    return 2 * cut * up * np.sinc(2 * cut * n) * np.kaiser(2 * half + 1, beta), half


@lru_cache(maxsize=64)
def design(source_rate: int, target_rate: int, quality: Quality) -> Design:
    """Return the product that converts `source_rate` to `target_rate` (Hz).

    Raises `FormatError` for rates and qualities that there are not.
    """
    check_sample_rate(source_rate)
    check_sample_rate(target_rate)
    if quality not in STOPS:
        raise FormatError(f"The quality is {quality!r}; it must be one of {', '.join(STOPS)}.")
    common = math.gcd(source_rate, target_rate)
    up, down = target_rate // common, source_rate // common
    taps, half = low_pass(up, down, quality)
    periods = source_rate // 50 // down
    block = _divisor(periods, (_OUTPUTS_DOWN if down > up else _OUTPUTS_UP) // up)
    outputs, step = up * block, down * block
    # Output j stands at input time j*down/up: it weighs input i by taps[j*down - i*up + half].
    first = -(half // up)
    last = ((outputs - 1) * down + half) // up
    index = np.arange(outputs)[None, :] * down - np.arange(first, last + 1)[:, None] * up + half
    inside = (index >= 0) & (index < len(taps))
    matrix = np.where(inside, taps[np.clip(index, 0, len(taps) - 1)], 0.0)
    parts = _parts(matrix, inside)
    rows = periods // block
    product = _divisor(rows, SINGLE_THREADED // max(part.matrix.size for part in parts))
    return Design(len(matrix), parts, step, rows, product, (last + 1 - step) / source_rate)


def _parts(matrix: NDArray[np.float64], inside: NDArray[np.bool_]) -> tuple[Part, ...]:
    outputs = matrix.shape[1]
    width = _divisor(outputs, _WIDEST)
    parts: list[Part] = []
    for place in range(0, outputs, width):
        used = np.flatnonzero(inside[:, place : place + width].any(axis=1))
        first, end = int(used[0]), int(used[-1]) + 1
        part = matrix[first:end, place : place + width].astype(np.float32, order="C")
        part.setflags(write=False)
        parts.append(Part(first, place, part))
    return tuple(parts)


def _divisor(number: int, limit: int) -> int:
    """Return the largest divisor of `number` up to `limit`, at least 1."""
    return max(d for d in range(1, number + 1) if number % d == 0 and d <= max(limit, 1))
