"""Planes to RGB of any order, in 16-bit fixed point with six bits of fraction.

Each component is `luma + difference` in an unsigned 16-bit number that starts from an offset, so
that nothing wraps; a clip to 0..255 above that offset is all the saturation. The difference is one
number for two pixels of a row, so it is added to both as one 32-bit word.
"""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np

from media.color.layout import PACKED, WORD, planes, rgb_parts, row_halves, scratch, strips
from media.color.matrix import CHROMA_SPAN, CHROMA_ZERO, LUMA_BLACK, LUMA_SPAN, Matrix
from media.formats import ColorFormat
from media.video_frame import Pixels

_SHIFT: Final = 6
_ONE: Final = 1 << _SHIFT
_BIT: Final = np.uint16(1)
_FRACTION: Final = np.uint16(_SHIFT)
_GREEN_GAIN: Final = np.uint16(1 << 8 - _SHIFT)
"""Brings green into the upper byte: NumPy multiplies twice as fast as it shifts left."""
_HIGH_BYTE: Final = np.uint16(0xFF00)
_BITS_8, _BITS_16 = np.uint32(8), np.uint32(16)
_ALPHA_FIRST: Final = np.uint32(0xFF)
_LUMA_GAIN: Final = round(2 * _ONE * 255 / LUMA_SPAN)
"""149: luma is `Y * 149 >> 1`, 0.02 % below 255/219 in six bits."""
_LUMA_TWICE: Final = np.uint16(_LUMA_GAIN)
_BLACK: Final = LUMA_BLACK * _LUMA_GAIN // 2
_CHROMA_SCALE: Final = 255 / CHROMA_SPAN * _ONE
_TWICE: Final = np.uint32(0x00010001)
_TOP: Final = 256 * _ONE - 1

_FINE: Final = 8
"""Further bits of the chroma weights, where whole ones are more than `_CLOSE` levels off."""
_FINE_BITS: Final = np.uint32(_FINE)
_CLOSE: Final = 0.35


@attrs.frozen
class Component:
    """What is added to luma: `u * u_gain + v * v_gain + offset`.

    That gives the difference in both halves of a word, or where `fine` a single one, times 256.
    """

    u_gain: np.uint32
    v_gain: np.uint32
    offset: np.uint32
    fine: bool


def component(u: float, v: float, zero: int) -> Component:
    """Return the weights for the chroma factors `u` and `v`, with black at `zero`."""
    u, v = u * _CHROMA_SCALE, v * _CHROMA_SCALE
    away = (abs(u - round(u)) + abs(v - round(v))) * CHROMA_ZERO / _ONE
    fine = away > _CLOSE
    # Modulo 2**32 the halves of a word do not disturb one another: neither sum leaves 16 bits.
    scale, twice = (1 << _FINE, 1) if fine else (1, 0x00010001)
    u_gain, v_gain = round(u * scale), round(v * scale)
    start = (zero - _BLACK + _ONE // 2) * scale
    offset = start - CHROMA_ZERO * (u_gain + v_gain) + scale // 2
    u_gain, v_gain, offset = (value * twice & 0xFFFFFFFF for value in (u_gain, v_gain, offset))
    return Component(np.uint32(u_gain), np.uint32(v_gain), np.uint32(offset), fine)


def zero_for(*factors: tuple[float, float]) -> int:
    """Return where black must lie for all of these chroma factors, so that nothing wraps.

    One place for all components lets one clip, the costliest call, serve the three of them.
    """
    widest = max(math.ceil(CHROMA_ZERO * _CHROMA_SCALE * (abs(u) + abs(v))) for u, v in factors)
    zero = math.ceil((_BLACK + widest) / _ONE) * _ONE
    brightest = zero + (255 * _LUMA_GAIN >> 1) - _BLACK + widest + _ONE
    assert brightest < 1 << 16, "the brightest must not wrap"
    return zero


def components(matrix: Matrix) -> tuple[Component, Component, Component, int]:
    """Return red, green, blue and where black lies in all of them.

    The factors are those of BT.601-7 section 2.5 and BT.709-6 section 3, solved for RGB.
    """
    of_v, of_u = 2 * (1 - matrix.red), 2 * (1 - matrix.blue)
    green_u, green_v = -of_u * matrix.blue / matrix.green, -of_v * matrix.red / matrix.green
    factors = (0, of_v), (green_u, green_v), (of_u, 0)
    zero = zero_for(*factors)
    red, green, blue = (component(u, v, zero) for u, v in factors)
    return red, green, blue, zero


class FromYuv:
    """I420 or NV12 of one even size into packed RGB. Owns scratch: one thread at a time."""

    def __init__(
        self, width: int, height: int, source: ColorFormat, target: ColorFormat, matrix: Matrix
    ) -> None:
        self._width, self._height = width, height
        self._source: ColorFormat = source
        self._kernels = {
            rows: _Strip(width, rows, target, matrix)
            for rows in {rows for _, rows in strips(width, height)}
        }

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        y, u, v = planes(pixels, self._width, self._height, self._source)
        for first, rows in strips(self._width, self._height):
            half = slice(first // 2, (first + rows) // 2)
            kernel = self._kernels[rows]
            kernel.load(y[first : first + rows], u[half], v[half])
            kernel.store(out, first * self._width)


class _Strip:
    """The scratch of so many rows, and the steps over it. All views are made beforehand."""

    def __init__(self, width: int, rows: int, target: ColorFormat, matrix: Matrix) -> None:
        layout = PACKED[target]
        self._width, self._rows = width, rows
        self._rgb = target == "RGB"
        self._alpha_first = layout.alpha == 0
        red, green, blue, zero = components(matrix)
        first, third = (red, blue) if layout.red < layout.blue else (blue, red)
        self._lowest, self._highest = np.uint16(zero), np.uint16(zero + _TOP)
        level = zero >> _SHIFT
        self._both_zeros = np.uint16(level * 0x0101 & 0xFFFF)
        self._third_zero = np.uint16(0xFF00 - level)
        pixels, quarter = width * rows, width * rows // 4
        halves = (2, rows // 2, width)
        self._luma = scratch(pixels, np.uint16)
        self._luma_by_rows = self._luma.reshape(halves)
        self._luma_pairs = self._luma.view(np.uint32).reshape(2, quarter)
        self._lanes = scratch(3 * pixels, np.uint16)
        self._green, self._first, self._third = self._lanes.reshape(3, pixels)
        self._outer = self._lanes[pixels:]
        self._parts = tuple(
            (part, lanes.view(np.uint32).reshape(2, quarter))
            for part, lanes in ((first, self._first), (green, self._green), (third, self._third))
        )
        self._u, self._v, self._difference, self._other = (
            scratch(quarter, np.uint32) for _ in range(4)
        )
        self._u_by_rows = self._u.reshape(rows // 2, width // 2)
        self._v_by_rows = self._v.reshape(rows // 2, width // 2)
        self._green_by_rows = self._green.reshape(halves)
        self._third_by_rows = self._third.reshape(halves)
        self._words, self._spare = (scratch(pixels, np.uint32) for _ in range(2))
        self._words_by_rows = self._words.reshape(halves)

    def load(self, y: Pixels, u: Pixels, v: Pixels) -> None:
        """Read the planes, and compute all three components, clipped."""
        luma = self._luma
        np.copyto(self._luma_by_rows, row_halves(y, self._rows, self._width))
        np.multiply(luma, _LUMA_TWICE, out=luma)
        np.right_shift(luma, _BIT, out=luma)
        np.copyto(self._u_by_rows, u)
        np.copyto(self._v_by_rows, v)
        for part, pairs in self._parts:
            self._weigh(part)
            np.add(self._luma_pairs, self._difference, out=pairs)
        np.clip(self._lanes, self._lowest, self._highest, out=self._lanes)

    def _weigh(self, part: Component) -> None:
        """Compute what is added to the luma of two neighbours, in both halves of a word."""
        difference = self._difference
        if part.u_gain and part.v_gain:
            np.multiply(self._u, part.u_gain, out=difference)
            np.multiply(self._v, part.v_gain, out=self._other)
            np.add(difference, self._other, out=difference)
        elif part.u_gain:
            np.multiply(self._u, part.u_gain, out=difference)
        else:
            np.multiply(self._v, part.v_gain, out=difference)
        np.add(difference, part.offset, out=difference)
        if part.fine:
            np.right_shift(difference, _FINE_BITS, out=difference)
            np.multiply(difference, _TWICE, out=difference)

    def _join(self) -> None:
        """Leave green with the first component below it, and 255 with the third below it."""
        first, green, third = self._first, self._green, self._third
        np.multiply(green, _GREEN_GAIN, out=green)
        np.bitwise_and(green, _HIGH_BYTE, out=green)
        np.right_shift(self._outer, _FRACTION, out=self._outer)
        np.add(green, first, out=green)
        np.subtract(green, self._both_zeros, out=green)
        np.add(third, self._third_zero, out=third)

    def _pack(self) -> None:
        """Make words of the two halves, alpha where it belongs."""
        words, spare = self._words, self._spare
        np.copyto(words, self._third)
        np.left_shift(words, _BITS_16, out=words)
        np.copyto(spare, self._green)
        np.bitwise_or(words, spare, out=words)
        if self._alpha_first:
            np.left_shift(words, _BITS_8, out=words)
            np.bitwise_or(words, _ALPHA_FIRST, out=words)

    def store(self, out: Pixels, begin: int) -> None:
        """Write the strip from pixel `begin` on."""
        self._join()
        rows, width = self._rows, self._width
        if self._rgb:
            lower, upper = rgb_parts(out, begin, rows * width)
            np.copyto(row_halves(lower, rows, width), self._green_by_rows)
            np.copyto(row_halves(upper, rows, width), self._third_by_rows, casting="unsafe")
            return
        self._pack()
        target = out.view(WORD)[begin : begin + rows * width]
        np.copyto(row_halves(target, rows, width), self._words_by_rows)
