"""The bytes of each colour format in memory, and strips of a picture that fit the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from media.formats import ColorFormat
from media.video_frame import Pixels


@attrs.frozen
class Packed:
    """The byte positions of the components in one pixel."""

    red: int
    green: int
    blue: int
    alpha: int | None
    size: int


PACKED: Final[dict[ColorFormat, Packed]] = {
    "RGB": Packed(0, 1, 2, None, 3),
    "RGBA": Packed(0, 1, 2, 3, 4),
    "ARGB": Packed(1, 2, 3, 0, 4),
    "ABGR": Packed(3, 2, 1, 0, 4),
    "BGRA": Packed(2, 1, 0, 3, 4),
}


class Planes(NamedTuple):
    """Views of a picture's planes: `y` is `[height, width]`, `u` and `v` half of it, rounded up."""

    y: Pixels
    u: Pixels
    v: Pixels


def chroma_size(width: int, height: int) -> tuple[int, int]:
    """Return the width and height of a chroma plane."""
    return (width + 1) // 2, (height + 1) // 2


def planes(pixels: Pixels, width: int, height: int, color_format: ColorFormat) -> Planes:
    """Return the planes of a flat I420 or NV12 picture, as views."""
    across, down = chroma_size(width, height)
    luma, chroma = pixels[: width * height], pixels[width * height :]
    if color_format == "I420":
        u, v = chroma.reshape(2, down, across)
    else:
        pairs = chroma.reshape(down, across, 2)
        u, v = pairs[..., 0], pairs[..., 1]
    return Planes(luma.reshape(height, width), u, v)


Item = TypeVar("Item", bound=np.generic)

LINE: Final = 64
"""Bytes of a cache line, and of the widest vector. NumPy's arrays begin 16 bytes behind one; each
load and store of a whole vector then touches two lines, which costs a quarter of the speed."""


def scratch(count: int, item: type[Item]) -> NDArray[Item]:
    """Return `count` items of arbitrary content."""
    size = count * np.dtype(item).itemsize
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first : first + size].view(item)


STRIP_PIXELS: Final = 46_200
"""Pixels of a strip: fewer cost more calls, more leave the second-level cache (2 MB measured,
half of it for a busy neighbour). 720 and 1080 rows are cut evenly."""


def strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield the first row and the number of rows, which is even, of each strip."""
    rows = max(2, STRIP_PIXELS // width // 2 * 2)
    for first in range(0, height, rows):
        yield first, min(rows, height - first)


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
