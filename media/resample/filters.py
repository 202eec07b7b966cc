"""Designs the low-pass filter of a rate conversion, in its matrix form."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from media.errors import FormatError
from media.formats import check_sample_rate
from media.resample.prototypes import PROTOTYPES

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


Quality = Literal["fast", "hq", "vhq"]

_VECTOR: Final = 16
"""Outputs that a matrix kernel computes at once (AVX-512; AVX2: 8): a width that is no multiple
takes up to a third longer."""

_PASS: Final = 6
"""Rows that such a kernel takes in one pass (OpenBLAS, sgemm_small_kernel_nn_skylakex.c). It makes
the rest by two and by one: three rows take longer than six."""

_OUTPUTS_UP: Final = 32
_OUTPUTS_DOWN: Final = 16
_MOST_OUTPUTS: Final = 48
"""Outputs of one row of the product: enough to feed a matrix kernel, few enough to waste little.
Downwards a row's window moves by several inputs an output, so it wastes more."""

_WIDEST: Final = 64
"""Outputs of one matrix: wider ones consist mostly of zeros, since each output needs few inputs."""

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


@attrs.frozen(eq=False)
class Design:
    """One conversion of 20 ms as a product: `rows` windows, each a `step` after the last.

    A row's outputs are made in parts of one width, each from its own inputs.
    """

    window: int
    """Inputs that a row's outputs depend on."""
    matrices: NDArray[np.float32]
    """Shape `[parts, inputs, width]`."""
    advance: int
    """Inputs by which a part's first lies behind that of the part before."""
    step: int
    """Input samples by which the window moves."""
    rows: int
    """Windows in 20 ms."""
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
        return self.rows * len(self.matrices) * self.matrices.shape[2]

    @property
    def padded(self) -> int:
        """Rows of one stream in memory: with rows of zeros where a product is faster for them."""
        more = -self.rows % _PASS
        return self.rows + more if more <= _PASS // 2 else self.rows

    @property
    def product(self) -> int:
        """Rows of one product: a divisor of `padded`, so that streams do not share any."""
        # The largest product that stays on the calling thread.
        return _divisor(self.padded, max(1, SINGLE_THREADED // self.matrices[0].size))


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
    block = _block(periods, up, _OUTPUTS_DOWN if down > up else _OUTPUTS_UP)
    outputs, step = up * block, down * block
    # Output j stands at input time j*down/up: it weighs input i by taps[j*down - i*up + half].
    first = -(half // up)
    last = ((outputs - 1) * down + half) // up
    index = np.arange(outputs)[None, :] * down - np.arange(first, last + 1)[:, None] * up + half
    inside = (index >= 0) & (index < len(taps))
    matrix = np.where(inside, taps[np.clip(index, 0, len(taps) - 1)], 0.0)
    width = _width(outputs)
    advance = width * down // up
    matrices = _parts(matrix, width, advance)
    rows, delay = periods // block, (last + 1 - step) / source_rate
    return Design(len(matrix), matrices, advance, step, rows, delay)


def _parts(matrix: NDArray[np.float64], width: int, advance: int) -> NDArray[np.float32]:
    """Return `[parts, inputs, width]`, each part's first input `advance` after the last one's.

    `advance` is rounded down, so every part begins in time, and the last one ends last.
    """
    count = matrix.shape[1] // width
    inputs = len(matrix) - advance * (count - 1)
    parts = np.empty((count, inputs, width), np.float32)
    for i, part in enumerate(parts):
        part[...] = matrix[i * advance :][:inputs, i * width :][:, :width]
    parts.setflags(write=False)
    return parts


def _block(periods: int, up: int, wanted: int) -> int:
    """Return how many periods make a row of about `wanted` outputs, whole vectors if possible."""
    blocks = [d for d in _divisors(periods) if d == 1 or d * up <= _MOST_OUTPUTS]
    return min(blocks, key=lambda d: (d * up % _VECTOR != 0, abs(d * up - wanted)))


def _width(outputs: int) -> int:
    """Return the outputs of a part: of all that divide a row the widest, whole vectors if any."""
    widths = [d for d in _divisors(outputs) if d <= _WIDEST]
    return max(widths, key=lambda d: (outputs <= _WIDEST or d % _VECTOR == 0, d))


def _divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]


def _divisor(number: int, limit: int) -> int:
    """Return the largest divisor of `number` up to `limit`, at least 1."""
    return max(d for d in _divisors(number) if d <= max(limit, 1))
