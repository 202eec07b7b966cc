"""Converts pictures between colour formats, odd sizes included, and makes them smaller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from media.color.from_yuv import FromYuv
from media.color.layout import PACKED, planes
from media.color.matrix import MatrixName, matrix_named
from media.color.swizzle import Swizzle
from media.color.to_yuv import ToYuv
from media.errors import FormatError
from media.formats import ColorFormat, picture_bytes
from media.video_frame import Pixels


def even_size(width: int, height: int) -> tuple[int, int]:
    """Return the size rounded up to whole 2x2 blocks."""
    return width + width % 2, height + height % 2


class Padded:
    """Runs a conversion of the next even size on pictures of an odd one."""

    def __init__(
        self,
        width: int,
        height: int,
        source: ColorFormat,
        target: ColorFormat,
        kernel: Callable[[Pixels, Pixels], None],
    ) -> None:
        self._size = width, height
        self._even = even_size(width, height)
        self._source: ColorFormat = source
        self._target: ColorFormat = target
        self._kernel = kernel
        self._before = np.empty(picture_bytes(*self._even, source), np.uint8)
        self._after = np.empty(picture_bytes(*self._even, target), np.uint8)

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        for whole, part in zip(
            _grids(self._before, self._even, self._source),
            _grids(pixels, self._size, self._source),
            strict=True,
        ):
            height, width = part.shape[:2]
            whole[:height, :width] = part
            whole[height:, :width] = part[-1:]
            whole[:, width:] = whole[:, width - 1 : width]
        self._kernel(self._before, self._after)
        for whole, part in zip(
            _grids(self._after, self._even, self._target),
            _grids(out, self._size, self._target),
            strict=True,
        ):
            part[:] = whole[: part.shape[0], : part.shape[1]]


def _grids(pixels: Pixels, size: tuple[int, int], color_format: ColorFormat) -> tuple[Pixels, ...]:
    """View a picture as grids of rows and columns."""
    width, height = size
    if color_format in PACKED:
        return (pixels.reshape(height, width, PACKED[color_format].size),)
    return tuple(planes(pixels, width, height, color_format))


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
    for old, new in zip(
        _grids(pixels, size, color_format), _grids(out, smaller, color_format), strict=True
    ):
        new[:] = _shrink(old, (new.shape[1], new.shape[0]))
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


Kernel = Callable[[Pixels, Pixels], None]


class Conversion:
    """A plan for many pictures of one size: it keeps the scratch, so each thread needs its own.

    YUV is of limited range and its chroma the mean of 2x2 pixels; alpha is kept where both formats
    have it and is 255 where only the target has. Raises `FormatError` for a size, format or matrix
    that there is not.
    """

    def __init__(
        self,
        width: int,
        height: int,
        source: ColorFormat,
        target: ColorFormat,
        matrix: MatrixName = "bt601",
    ) -> None:
        matrix_named(matrix)
        self.width = width
        self.height = height
        self.source: ColorFormat = source
        self.target: ColorFormat = target
        self.matrix: MatrixName = matrix
        self._source_bytes = picture_bytes(width, height, source)
        self._target_bytes = picture_bytes(width, height, target)
        self._kernel = _kernel(self)

    def __call__(self, pixels: Pixels, out: Pixels | None = None) -> Pixels:
        """Convert flat uint8 `pixels`; the result is `out` where given, else a new array.

        Raises `FormatError` for another type, shape or length, and for an `out` that overlaps
        `pixels`, is read-only or has gaps.
        """
        pixels = np.ascontiguousarray(pixels)
        size = f"{self.width}x{self.height}"
        _check(pixels, self._source_bytes, f"A {size} {self.source} picture")
        if out is None:
            out = np.empty(self._target_bytes, np.uint8)
        else:
            _check(out, self._target_bytes, f"`out` for a {size} {self.target} picture")
            _check_writable(out, pixels)
        self._kernel(pixels, out)
        return out


def convert(
    pixels: Pixels,
    width: int,
    height: int,
    source: ColorFormat,
    target: ColorFormat,
    *,
    matrix: MatrixName = "bt601",
    out: Pixels | None = None,
    size: tuple[int, int] | None = None,
) -> Pixels:
    """Convert flat uint8 `pixels` of `source` into flat uint8 of `target`.

    `out` takes the result where given. `size` (width, height) makes the picture smaller first, each
    pixel the mean of those that it replaces. Plans are kept for each thread, so that repeated
    sizes cost no set-up. Raises `FormatError` as `Conversion` does.
    """
    if size is not None and size != (width, height):
        _check(pixels, picture_bytes(width, height, source), f"A {width}x{height} {source} picture")
        pixels = scale_down(pixels, (width, height), size, source)
        width, height = size
    return _plans.plan(width, height, source, target, matrix)(pixels, out)


class _Plans(threading.local):
    """The last plans of each thread: a plan's scratch serves one thread at a time."""

    def __init__(self) -> None:
        self.plan = lru_cache(maxsize=8)(Conversion)


_plans = _Plans()


def _kernel(plan: Conversion) -> Kernel:
    source, target = plan.source, plan.target
    if source == target:
        return _copy
    if source in PACKED and target in PACKED:
        return Swizzle(source, target)
    if source not in PACKED and target not in PACKED:
        return partial(_replane, (plan.width, plan.height), source, target)
    even = even_size(plan.width, plan.height)
    make = ToYuv if source in PACKED else FromYuv
    kernel = make(*even, source, target, matrix_named(plan.matrix))
    if even == (plan.width, plan.height):
        return kernel
    return Padded(plan.width, plan.height, source, target, kernel)


def _copy(pixels: Pixels, out: Pixels) -> None:
    np.copyto(out, pixels)


def _replane(
    size: tuple[int, int], source: ColorFormat, target: ColorFormat, pixels: Pixels, out: Pixels
) -> None:
    for new, old in zip(_grids(out, size, target), _grids(pixels, size, source), strict=True):
        new[:] = old


def _check(pixels: Pixels, size: int, what: str) -> None:
    if pixels.dtype != np.uint8 or pixels.shape != (size,):
        raise FormatError(
            f"{what} is a flat uint8 array of {size}; this one is {pixels.dtype} of the shape "
            f"{pixels.shape}."
        )


def _check_writable(out: Pixels, pixels: Pixels) -> None:
    if not (out.flags.writeable and out.flags.c_contiguous):
        raise FormatError("`out` is read-only or has gaps: give a writable contiguous array.")
    if np.may_share_memory(out, pixels):
        raise FormatError("`out` overlaps the picture: give an array of its own.")
