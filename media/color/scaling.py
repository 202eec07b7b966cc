"""Smaller pictures: what a vision model is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.color.layout import PACKED, chroma_size, planes
from media.errors import FormatError
from media.formats import ColorFormat, picture_bytes
from media.video_frame import Pixels


def scale_down(
    pixels: Pixels, size: tuple[int, int], smaller: tuple[int, int], color_format: ColorFormat
) -> Pixels:
    """Return the picture of `size` (width, height) as one of the `smaller` size.

    Each pixel is the rounded mean of the pixels that its box covers; boxes begin and end on whole
    pixels. Raises `FormatError` for a size that is larger in either direction.
    """
    if smaller[0] > size[0] or smaller[1] > size[1]:
        raise FormatError(
            f"A picture of {size[0]}x{size[1]} is only made smaller here, not "
            f"{smaller[0]}x{smaller[1]}."
        )
    out = np.empty(picture_bytes(*smaller, color_format), np.uint8)
    if color_format in PACKED:
        depth = PACKED[color_format].size
        grid = pixels.reshape(size[1], size[0], depth)
        out.reshape(smaller[1], smaller[0], depth)[:] = _shrink(grid, smaller)
        return out
    new = planes(out, *smaller, color_format)
    old = planes(pixels, *size, color_format)
    new.y[:] = _shrink(old.y, smaller)
    new.u[:] = _shrink(old.u, chroma_size(*smaller))
    new.v[:] = _shrink(old.v, chroma_size(*smaller))
    return out


def _starts(old: int, new: int) -> NDArray[np.intp]:
    return np.arange(new) * old // new


def _shrink(grid: Pixels, size: tuple[int, int]) -> NDArray[np.uint32]:
    """Average boxes of `[height, width, ...]`."""
    width, height = size
    rows, columns = _starts(grid.shape[0], height), _starts(grid.shape[1], width)
    sums = np.add.reduceat(grid, rows, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, columns, axis=1)
    tall = np.diff(rows, append=grid.shape[0]).astype(np.uint32)
    wide = np.diff(columns, append=grid.shape[1]).astype(np.uint32)
    area = np.outer(tall, wide).reshape(height, width, *([1] * (grid.ndim - 2)))
    return (sums + area // 2) // area
