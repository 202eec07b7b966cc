"""Pixels as little-endian 32-bit words, and RGB, three bytes a pixel, as overlapping ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.video_frame import Pixels

Words = NDArray[np.uint32]
Lanes = NDArray[np.uint16]

WORD: Final = np.dtype("<u4")
HALF_WORD: Final = np.dtype("<u2")
OPAQUE: Final = np.uint32(0xFF000000)
_BITS_8: Final = np.uint32(8)


def rgb_words(pixels: Pixels) -> Words:
    """View flat RGB as words three bytes apart: red lowest, the top byte the next pixel's red.

    The last pixel has no word, since its fourth byte would lie behind the picture.
    """
    return np.ndarray((len(pixels) // 3 - 1,), WORD, pixels.data, 0, (3,))


def load_rgb(pixels: Pixels, first: int, words: Words) -> None:
    """Read `len(words)` pixels of flat RGB from pixel `first` on; the top bytes are arbitrary."""
    count = len(words)
    if 3 * (first + count) < len(pixels):
        np.copyto(words, rgb_words(pixels)[first : first + count])
        return
    if count > 1:
        np.copyto(words[:-1], rgb_words(pixels)[first : first + count - 1])
    words[-1] = int.from_bytes(pixels[-3:].tobytes(), "little")


def words_behind_alpha(pixels: Pixels, first: int, spare: Words) -> Words:
    """Return the `len(spare)` pixels from `first` on of flat ARGB or ABGR as words without alpha.

    Colours are in the lower bytes; the top one is arbitrary. They are viewed one byte on, which
    costs nothing; only those at the end, where the last word would lie half behind the picture, are
    shifted into `spare`.
    """
    count = len(spare)
    if 4 * (first + count) < len(pixels):
        return np.ndarray((count,), WORD, pixels.data, 4 * first + 1)
    return np.right_shift(pixels.view(WORD)[first : first + count], _BITS_8, out=spare)


def store_rgb(words: Words, pixels: Pixels, first: int) -> None:
    """Write words as RGB from pixel `first` on, in rising order.

    Each word's top byte falls on the next pixel's red, which the next word then overwrites: NumPy
    copies a contiguous array element by element. So strips must be stored first to last.
    """
    count = len(words)
    inner = count if 3 * (first + count) < len(pixels) else count - 1
    if inner:
        np.copyto(rgb_words(pixels)[first : first + inner], words[:inner])
    if inner < count:
        pixels[-3:] = np.frombuffer(int(words[-1]).to_bytes(4, "little"), np.uint8)[:3]


def rgb_parts(pixels: Pixels, first: int, count: int) -> tuple[Lanes, Pixels]:
    """View `count` pixels of flat RGB from pixel `first` on: the lower two bytes, and the third.

    Written apart they cost one store more a pixel, and save the four passes that make words.
    """
    lower = np.ndarray((count,), HALF_WORD, pixels.data, 3 * first, (3,))
    return lower, pixels[3 * first : 3 * (first + count)][2::3]


def row_halves(plane: NDArray[np.generic], rows: int, width: int) -> NDArray[np.generic]:
    """View `rows * width` items as `[2, rows / 2, width]`: all even rows, then all odd rows."""
    return plane.reshape(rows // 2, 2, width).transpose(1, 0, 2)
