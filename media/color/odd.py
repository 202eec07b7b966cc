"""Odd widths and heights: converted as the next even size, with the last column and row doubled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from media.color.layout import PACKED, planes
from media.formats import ColorFormat, picture_bytes
from media.video_frame import Pixels


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
        self._even = width + width % 2, height + height % 2
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
