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

from media.color.layout import PACKED, chroma_size
from media.color.matrix import CHROMA_SPAN, CHROMA_ZERO, LUMA_BLACK, LUMA_SPAN, Matrix
from media.color.strips import strip_rows, strips
from media.color.words import WORD, load_rgb, row_halves
from media.formats import ColorFormat
from media.video_frame import Pixels

_OUTER: Final = np.uint32(0x00FF00FF)
_BYTE: Final = 256
"""Eight bits of fraction in all weights."""


@attrs.frozen
class LumaWeights:
    """Y << 24 = (word & 0x00FF00FF) * outer + word * middle + offset, modulo 2**32."""

    outer: np.uint32
    middle: np.uint32
    offset: np.uint32


def luma_weights(first: float, third: float, *, alpha: bool) -> LumaWeights:
    """Derive the weights from those of the first and third component (parts of 1).

    `outer` weighs the lanes into bits 16 and up; the middle component is weighed where it stands,
    and what this does to the outer ones is taken from `outer`. With alpha in the top byte the
    middle weight has eight zero bits below, so that alpha leaves the word.
    """
    span = LUMA_SPAN / 255 * _BYTE
    low, high = round(first * span), round(third * span)
    rest = span - low - high
    middle = round(rest) << 8 if alpha else round(rest * _BYTE)
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
        layout = PACKED[source]
        self._width, self._height = width, height
        self._rgb = source == "RGB"
        self._paired = target == "NV12"
        self._alpha_first = layout.alpha == 0
        self._red_first = layout.red < layout.blue
        low, high = matrix.red, matrix.blue
        if not self._red_first:
            low, high = high, low
        self._luma = luma_weights(low, high, alpha=not self._alpha_first)
        first, third = chroma_weights(low), chroma_weights(high)
        pixels = strip_rows(width, height) * width
        quarter = pixels // 4
        self._gains = np.full(quarter, _lanes(first.gain, third.gain)).view(np.uint16)
        self._offsets = np.full(quarter, _lanes(first.offset, third.offset)).view(np.uint16)
        self._chroma_luma = _lanes(first.luma, third.luma)
        self._words = np.empty(pixels, np.uint32)
        self._outer = np.empty(pixels, np.uint32)
        self._pairs = np.empty(pixels // 2, np.uint32)
        self._mean = np.empty(quarter, np.uint32)
        self._weighed = np.empty(quarter, np.uint32)
        self._y = np.empty(pixels, np.uint8)
        self._left = np.empty(pixels // 2, np.uint16)
        self._right = np.empty(pixels // 2, np.uint16)
        self._y_mean = np.empty(quarter, np.uint16)

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        for first, rows in strips(self._width, self._height):
            count = rows * self._width
            self._load(pixels, first, rows)
            self._sum_rows(count)
            self._make_luma(count)
            luma = row_halves(
                out[first * self._width : first * self._width + count], rows, self._width
            )
            np.copyto(luma, self._y[:count].reshape(2, rows // 2, self._width))
            self._average_luma(count)
            self._make_chroma(count // 4)
            self._store_chroma(out, first // 2 * (self._width // 2), count // 4)

    def _load(self, pixels: Pixels, first: int, rows: int) -> None:
        width = self._width
        count = rows * width
        words = self._words[:count]
        if self._rgb:
            load_rgb(pixels, first * width, self._outer[:count])
            source = self._outer[:count]
        else:
            source = pixels.view(WORD)[first * width : first * width + count]
        np.copyto(words.reshape(2, rows // 2, width), row_halves(source, rows, width))
        if self._alpha_first:
            np.right_shift(words, np.uint32(8), out=words)

    def _sum_rows(self, count: int) -> None:
        """Mask the outer components, and add those of each two rows."""
        outer = self._outer[:count]
        np.bitwise_and(self._words[:count], _OUTER, out=outer)
        np.add(outer[: count // 2], outer[count // 2 :], out=self._pairs[: count // 2])

    def _make_luma(self, count: int) -> None:
        words, outer = self._words[:count], self._outer[:count]
        np.multiply(outer, self._luma.outer, out=outer)
        np.multiply(words, self._luma.middle, out=words)
        np.add(outer, words, out=outer)
        np.add(outer, self._luma.offset, out=outer)
        np.right_shift(outer, np.uint32(24), out=outer)
        np.copyto(self._y[:count], outer, casting="unsafe")

    def _average_luma(self, count: int) -> None:
        """Average Y over 2x2: two neighbours are the bytes of one 16-bit number."""
        neighbours = self._y[:count].view(np.uint16)
        left, right = self._left[: count // 2], self._right[: count // 2]
        mean = self._y_mean[: count // 4]
        np.right_shift(neighbours, np.uint16(8), out=left)
        np.bitwise_and(neighbours, np.uint16(0xFF), out=right)
        np.add(left, right, out=left)
        np.add(left[: count // 4], left[count // 4 :], out=mean)
        np.right_shift(mean, np.uint16(2), out=mean)

    def _make_chroma(self, quarter: int) -> None:
        """Leave both chroma values of each 2x2 in the upper bytes of the lanes of `_mean`."""
        mean, weighed = self._mean[:quarter], self._weighed[:quarter]
        pairs = self._pairs[: 2 * quarter]
        np.add(pairs[0::2], pairs[1::2], out=mean)
        np.right_shift(mean, np.uint32(2), out=mean)
        np.bitwise_and(mean, _OUTER, out=mean)
        lanes = mean.view(np.uint16)
        np.multiply(lanes, self._gains[: 2 * quarter], out=lanes)
        np.copyto(weighed, self._y_mean[:quarter])
        np.multiply(weighed, self._chroma_luma, out=weighed)
        np.subtract(lanes, weighed.view(np.uint16), out=lanes)
        np.add(lanes, self._offsets[: 2 * quarter], out=lanes)

    def _store_chroma(self, out: Pixels, first: int, quarter: int) -> None:
        mean, spare = self._mean[:quarter], self._weighed[:quarter]
        chroma = out[self._width * self._height :]
        if self._paired:
            self._store_pairs(chroma[2 * first : 2 * (first + quarter)], quarter)
            return
        u, v = chroma.reshape(2, -1)[:, first : first + quarter]
        low, high = (v, u) if self._red_first else (u, v)
        np.right_shift(mean, np.uint32(24), out=spare)
        np.copyto(high, spare, casting="unsafe")
        np.right_shift(mean, np.uint32(8), out=mean)
        np.copyto(low, mean, casting="unsafe")

    def _store_pairs(self, pairs: Pixels, quarter: int) -> None:
        mean, spare = self._mean[:quarter], self._weighed[:quarter]
        lanes = mean.view(np.uint16)
        np.right_shift(lanes, np.uint16(8), out=lanes)
        if self._red_first:  # the lanes are V, U
            np.right_shift(mean, np.uint32(16), out=spare)
            np.left_shift(mean, np.uint32(16), out=mean)
            np.bitwise_or(mean, spare, out=mean)
        np.copyto(pairs, lanes, casting="unsafe")


def even_size(width: int, height: int) -> tuple[int, int]:
    """Return the size rounded up to whole 2x2 blocks."""
    across, down = chroma_size(width, height)
    return 2 * across, 2 * down
