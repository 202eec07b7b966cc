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

from media.color.layout import PACKED, planes
from media.color.matrix import CHROMA_SPAN, CHROMA_ZERO, LUMA_BLACK, LUMA_SPAN, Matrix
from media.color.strips import strip_rows, strips
from media.color.words import WORD, Lanes, Words, row_halves, store_rgb
from media.formats import ColorFormat
from media.video_frame import Pixels

_SHIFT: Final = 6
_ONE: Final = 1 << _SHIFT
_LUMA_GAIN: Final = round(2 * _ONE * 255 / LUMA_SPAN)
"""149: luma is `Y * 149 >> 1`, 0.02 % below 255/219 in six bits."""
_TWICE: Final = np.uint32(0x00010001)
_TOP: Final = 256 * _ONE - 1
_GREEN_ZERO: Final = 256 * _ONE
"""Green's offset: shifted left by 2 it leaves the 16 bits."""


_FINE: Final = 8
"""Further bits of the chroma weights: 32 bits cost little on a quarter of the pixels."""


@attrs.frozen
class Component:
    """A component is `luma + ((u * u_gain + v * v_gain + offset) >> 8)`; it is `zero` for black."""

    u_gain: np.uint32
    v_gain: np.uint32
    zero: int
    offset: np.uint32


def component(u: float, v: float, zero: int | None = None) -> Component:
    """Return the weights for the chroma factors `u` and `v`.

    Without `zero` it is the least multiple of one that keeps the darkest from wrapping.
    """
    chroma = 255 / CHROMA_SPAN * _ONE
    u, v = u * chroma, v * chroma
    black = LUMA_BLACK * _LUMA_GAIN // 2
    widest = math.ceil(CHROMA_ZERO * (abs(u) + abs(v)))
    if zero is None:
        zero = math.ceil((black + widest) / _ONE) * _ONE
    assert zero >= black + widest, "the darkest must not wrap"
    assert zero + (255 * _LUMA_GAIN >> 1) - black + widest + _ONE < 1 << 16, "nor the brightest"
    u_gain, v_gain = round(u * (1 << _FINE)), round(v * (1 << _FINE))
    start = (zero - black + _ONE // 2) << _FINE
    offset = start - CHROMA_ZERO * (u_gain + v_gain) + (1 << _FINE - 1)
    u_gain, v_gain, offset = (value & 0xFFFFFFFF for value in (u_gain, v_gain, offset))
    return Component(np.uint32(u_gain), np.uint32(v_gain), zero, np.uint32(offset))


def components(matrix: Matrix) -> tuple[Component, Component, Component]:
    """Return red, green and blue (BT.601-7 section 2.5, BT.709-6 section 3, solved for RGB)."""
    of_v, of_u = 2 * (1 - matrix.red), 2 * (1 - matrix.blue)
    green_u, green_v = -of_u * matrix.blue / matrix.green, -of_v * matrix.red / matrix.green
    return component(0, of_v), component(green_u, green_v, _GREEN_ZERO), component(of_u, 0)


class FromYuv:
    """I420 or NV12 of one even size into packed RGB. Owns scratch: one thread at a time."""

    def __init__(
        self, width: int, height: int, source: ColorFormat, target: ColorFormat, matrix: Matrix
    ) -> None:
        layout = PACKED[target]
        self._width, self._height = width, height
        self._source: ColorFormat = source
        self._rgb = target == "RGB"
        self._alpha_first = layout.alpha == 0
        red, self._green, blue = components(matrix)
        self._first, self._third = (red, blue) if layout.red < layout.blue else (blue, red)
        size = strip_rows(width, height) * width
        self._luma = np.empty(size, np.uint16)
        self._lanes = [np.empty(size, np.uint16) for _ in range(3)]
        self._u, self._v = (np.empty(size // 4, np.uint32) for _ in range(2))
        self._difference, self._other = (np.empty(size // 4, np.uint32) for _ in range(2))
        self._words, self._spare = (np.empty(size, np.uint32) for _ in range(2))

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        width = self._width
        y, u, v = planes(pixels, width, self._height, self._source)
        for first, rows in strips(width, self._height):
            count = rows * width
            half, end = slice(first // 2, (first + rows) // 2), first + rows
            luma = self._luma[:count]
            np.copyto(luma.reshape(2, rows // 2, width), row_halves(y[first:end], rows, width))
            np.multiply(luma, np.uint16(_LUMA_GAIN), out=luma)
            np.right_shift(luma, np.uint16(1), out=luma)
            np.copyto(self._u[: count // 4].reshape(rows // 2, width // 2), u[half])
            np.copyto(self._v[: count // 4].reshape(rows // 2, width // 2), v[half])
            parts = (self._first, self._green, self._third)
            for part, lanes in zip(parts, self._lanes, strict=True):
                self._make(part, lanes[:count])
            self._store(self._pack(count), out, first, rows)

    def _make(self, part: Component, lanes: Lanes) -> None:
        """Compute one component of all pixels of the strip, clipped."""
        quarter = len(lanes) // 4
        difference = self._difference[:quarter]
        self._weigh(part, difference)
        np.multiply(difference, _TWICE, out=difference)
        luma = self._luma[: len(lanes)].view(np.uint32).reshape(2, quarter)
        np.add(luma, difference, out=lanes.view(np.uint32).reshape(2, quarter))
        np.clip(lanes, np.uint16(part.zero), np.uint16(part.zero + _TOP), out=lanes)

    def _weigh(self, part: Component, difference: Words) -> None:
        u, v = self._u[: len(difference)], self._v[: len(difference)]
        if part.u_gain:
            np.multiply(u, part.u_gain, out=difference)
        if part.v_gain:
            weighed = self._other[: len(difference)] if part.u_gain else difference
            np.multiply(v, part.v_gain, out=weighed)
            if part.u_gain:
                np.add(difference, weighed, out=difference)
        np.add(difference, part.offset, out=difference)
        np.right_shift(difference, np.uint32(_FINE), out=difference)

    def _pack(self, count: int) -> Words:
        """Return words with the first component lowest and 255 on top."""
        first, green, third = (lanes[:count] for lanes in self._lanes)
        words, spare = self._words[:count], self._spare[:count]
        shift = np.uint16(_SHIFT)
        np.left_shift(green, np.uint16(8 - _SHIFT), out=green)
        np.bitwise_and(green, np.uint16(0xFF00), out=green)
        np.right_shift(first, shift, out=first)
        np.add(green, first, out=green)
        np.subtract(green, np.uint16(self._first.zero >> _SHIFT), out=green)
        np.right_shift(third, shift, out=third)
        np.add(third, np.uint16((0xFF00 - (self._third.zero >> _SHIFT)) & 0xFFFF), out=third)
        np.copyto(words, third)
        np.left_shift(words, np.uint32(16), out=words)
        np.copyto(spare, green)
        np.bitwise_or(words, spare, out=words)
        if self._alpha_first:
            np.left_shift(words, np.uint32(8), out=words)
            np.bitwise_or(words, np.uint32(0xFF), out=words)
        return words

    def _store(self, words: Words, out: Pixels, first: int, rows: int) -> None:
        width = self._width
        halves = words.reshape(2, rows // 2, width)
        if not self._rgb:
            target = out.view(WORD)[first * width : (first + rows) * width]
            np.copyto(row_halves(target, rows, width), halves)
            return
        ordered = self._spare[: rows * width]
        np.copyto(row_halves(ordered, rows, width), halves)
        store_rgb(ordered, out, first * width)
