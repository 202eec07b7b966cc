"""RGB of any order to planes, two or four pixels in one integer operation.

A pixel is a 32-bit word. After `word & 0x00FF00FF` its first and third component lie in two 16-bit
lanes, so that one multiplication weighs both, and sums over 2x2 pixels cannot run over. All
operations are on contiguous scratch of one strip, even rows first, then odd rows: NumPy's loops are
slow on rows apart from one another.
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from media.color.layout import (
    PACKED,
    WORD,
    load_rgb,
    row_halves,
    scratch,
    strips,
    words_behind_alpha,
)
from media.color.matrix import CHROMA_SPAN, CHROMA_ZERO, LUMA_BLACK, LUMA_SPAN, Matrix
from media.formats import ColorFormat
from media.video_frame import Pixels

_OUTER: Final = np.uint32(0x00FF00FF)
_LOW_BYTE: Final = np.uint16(0xFF)
# Shift counts of the lane's own type: a plain int would make NumPy look for one in every call.
_BITS_2, _BITS_8, _BITS_16, _BITS_24 = (np.uint32(bits) for bits in (2, 8, 16, 24))
_BITS_2_OF_16, _BITS_8_OF_16 = np.uint16(2), np.uint16(8)
_BYTE: Final = 256
"""Eight bits of fraction in all weights."""


@attrs.frozen
class LumaWeights:
    """Y << 24 = (word & 0x00FF00FF) * outer + word * middle + offset, modulo 2**32."""

    outer: np.uint32
    middle: np.uint32
    offset: np.uint32


def luma_weights(first: float, third: float) -> LumaWeights:
    """Derive the weights from those of the first and third component (parts of 1).

    `outer` weighs the lanes into bits 16 and up; the middle component is weighed where it stands,
    and what this does to the outer ones is taken from `outer`. The middle weight has eight zero
    bits below, so that the top byte, whatever it is, leaves the word.
    """
    span = LUMA_SPAN / 255 * _BYTE
    low, high = round(first * span), round(third * span)
    rest = span - low - high
    middle = round(rest) << 8
    outer = (low << 16 | high) - middle
    half = _BYTE // 2
    offset = (LUMA_BLACK * _BYTE + half) << 16
    return LumaWeights(np.uint32(outer & 0xFFFFFFFF), np.uint32(middle), np.uint32(offset))


@attrs.frozen
class ChromaWeights:
    """In each 16-bit lane: chroma << 8 = color * gain - y * luma + offset, modulo 2**16."""

    gain: int
    luma: int
    offset: int


def chroma_weights(own: float) -> ChromaWeights:
    """Derive the weights of the chroma of a component whose luma weight is `own`.

    Chroma is `128 + 112/255 * (color - luma) / (1 - own)`; luma is taken back from Y. The means of
    2x2 are cut by a shift of 2, which loses 3/8 on average: the offset gives that back. At white
    the two rounded weights do not quite cancel: the offset gives half of the rest to black.
    """
    gain = CHROMA_SPAN / 2 / 255 / (1 - own)
    color, luma = round(gain * _BYTE), round(gain * 255 / LUMA_SPAN * _BYTE)
    lost = 3 * (color - luma) / 8
    uneven = (luma * LUMA_SPAN - color * 255) / 2
    offset = CHROMA_ZERO * _BYTE + _BYTE // 2 + LUMA_BLACK * luma + round(lost + uneven)
    return ChromaWeights(color, luma, offset)


def _lanes(low: int, high: int) -> np.uint32:
    return np.uint32((low & 0xFFFF) | (high & 0xFFFF) << 16)


class ToYuv:
    """Pictures of one even size and order into I420 or NV12. Owns scratch: one thread at a time."""

    def __init__(
        self, width: int, height: int, source: ColorFormat, target: ColorFormat, matrix: Matrix
    ) -> None:
        self._width, self._height = width, height
        self._paired = target == "NV12"
        self._kernels = {
            rows: _Strip(width, rows, source, matrix)
            for rows in {rows for _, rows in strips(width, height)}
        }

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        width = self._width
        luma, chroma = out[: width * self._height], out[width * self._height :]
        for first, rows in strips(width, self._height):
            kernel, begin, count = self._kernels[rows], first * width, rows * width
            kernel.load(pixels, begin)
            kernel.store_luma(luma[begin : begin + count])
            kernel.make_chroma()
            if self._paired:
                kernel.store_pairs(chroma[begin // 2 : (begin + count) // 2])
            else:
                u, v = chroma.reshape(2, -1)[:, begin // 4 : (begin + count) // 4]
                kernel.store_planes(u, v)


class _Strip:
    """The scratch of so many rows, and the steps over it. All views are made beforehand."""

    def __init__(self, width: int, rows: int, source: ColorFormat, matrix: Matrix) -> None:
        layout = PACKED[source]
        self._width, self._rows = width, rows
        self._rgb = source == "RGB"
        self._alpha_first = layout.alpha == 0
        self._red_first = layout.red < layout.blue
        low, high = matrix.red, matrix.blue
        if not self._red_first:
            low, high = high, low
        self._luma = luma_weights(low, high)
        first, third = chroma_weights(low), chroma_weights(high)
        pixels = width * rows
        self._gains, self._offsets = (scratch(pixels // 2, np.uint16) for _ in range(2))
        self._gains.view(np.uint32)[:] = _lanes(first.gain, third.gain)
        self._offsets.view(np.uint32)[:] = _lanes(first.offset, third.offset)
        self._chroma_luma = _lanes(first.luma, third.luma)
        halves = (2, rows // 2, width)
        self._words = scratch(pixels, np.uint32)
        self._words_by_rows = self._words.reshape(halves)
        self._outer = scratch(pixels, np.uint32)
        self._even, self._odd = self._outer[: pixels // 2], self._outer[pixels // 2 :]
        self._pairs = scratch(pixels // 2, np.uint32)
        self._left_pairs, self._right_pairs = self._pairs[0::2], self._pairs[1::2]
        self._y = scratch(pixels, np.uint8)
        self._y_by_rows = self._y.reshape(halves)
        self._neighbours = self._y.view(np.uint16)
        self._left, self._right = (scratch(pixels // 2, np.uint16) for _ in range(2))
        self._even_y, self._odd_y = self._left[: pixels // 4], self._left[pixels // 4 :]
        self._y_mean = scratch(pixels // 4, np.uint16)
        self._mean, self._spare = (scratch(pixels // 4, np.uint32) for _ in range(2))
        self._mean_lanes = self._mean.view(np.uint16)
        self._spare_lanes = self._spare.view(np.uint16)

    def load(self, pixels: Pixels, begin: int) -> None:
        """Read the pixels from `begin` on, and add the outer components of each two rows."""
        words = self._words
        if self._rgb:
            source = self._outer
            load_rgb(pixels, begin, source)
        elif self._alpha_first:
            source = words_behind_alpha(pixels, begin, self._outer)
        else:
            source = pixels.view(WORD)[begin : begin + len(words)]
        np.copyto(self._words_by_rows, row_halves(source, self._rows, self._width))
        np.bitwise_and(words, _OUTER, out=self._outer)
        np.add(self._even, self._odd, out=self._pairs)

    def store_luma(self, out: Pixels) -> None:
        """Weigh the components into `out`."""
        words, outer = self._words, self._outer
        np.multiply(outer, self._luma.outer, out=outer)
        np.multiply(words, self._luma.middle, out=words)
        np.add(outer, words, out=outer)
        np.add(outer, self._luma.offset, out=outer)
        np.right_shift(outer, _BITS_24, out=outer)
        np.copyto(self._y, outer, casting="unsafe")
        np.copyto(row_halves(out, self._rows, self._width), self._y_by_rows)

    def make_chroma(self) -> None:
        """Leave both chroma values of each 2x2 in the upper bytes of the lanes of `_mean`."""
        self._average_luma()
        mean, lanes, spare = self._mean, self._mean_lanes, self._spare
        np.add(self._left_pairs, self._right_pairs, out=mean)
        np.right_shift(mean, _BITS_2, out=mean)
        np.bitwise_and(mean, _OUTER, out=mean)
        np.multiply(lanes, self._gains, out=lanes)
        np.copyto(spare, self._y_mean)
        np.multiply(spare, self._chroma_luma, out=spare)
        np.subtract(lanes, self._spare_lanes, out=lanes)
        np.add(lanes, self._offsets, out=lanes)

    def _average_luma(self) -> None:
        """Average Y over 2x2: two neighbours are the bytes of one 16-bit number."""
        np.right_shift(self._neighbours, _BITS_8_OF_16, out=self._left)
        np.bitwise_and(self._neighbours, _LOW_BYTE, out=self._right)
        np.add(self._left, self._right, out=self._left)
        np.add(self._even_y, self._odd_y, out=self._y_mean)
        np.right_shift(self._y_mean, _BITS_2_OF_16, out=self._y_mean)

    def store_planes(self, u: Pixels, v: Pixels) -> None:
        low, high = (v, u) if self._red_first else (u, v)
        np.right_shift(self._mean, _BITS_24, out=self._spare)
        np.copyto(high, self._spare, casting="unsafe")
        np.right_shift(self._mean, _BITS_8, out=self._mean)
        np.copyto(low, self._mean, casting="unsafe")

    def store_pairs(self, pairs: Pixels) -> None:
        """Write chroma as U and V in turn."""
        mean, spare = self._mean, self._spare
        np.right_shift(self._mean_lanes, _BITS_8_OF_16, out=self._mean_lanes)
        if self._red_first:  # the lanes are V, U
            np.right_shift(mean, _BITS_16, out=spare)
            np.left_shift(mean, _BITS_16, out=mean)
            np.bitwise_or(mean, spare, out=mean)
        np.copyto(pairs, self._mean_lanes, casting="unsafe")
