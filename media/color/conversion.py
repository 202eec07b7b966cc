"""Every pair of colour formats: the function, and the plan behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from media.color.from_yuv import FromYuv
from media.color.layout import PACKED
from media.color.matrix import MatrixName, matrix_named
from media.color.odd import Padded
from media.color.planar import Replane
from media.color.scaling import scale_down
from media.color.swizzle import Swizzle
from media.color.to_yuv import ToYuv, even_size
from media.errors import FormatError
from media.formats import ColorFormat, picture_bytes
from media.video_frame import Pixels

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
        return Replane(plan.width, plan.height, source, target)
    even = even_size(plan.width, plan.height)
    make = ToYuv if source in PACKED else FromYuv
    kernel = make(*even, source, target, matrix_named(plan.matrix))
    if even == (plan.width, plan.height):
        return kernel
    return Padded(plan.width, plan.height, source, target, kernel)


def _copy(pixels: Pixels, out: Pixels) -> None:
    np.copyto(out, pixels)


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
