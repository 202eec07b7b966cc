"""I420 and NV12 into one another: the same planes, chroma apart or in pairs."""

from __future__ import annotations

from media.color.layout import planes
from media.formats import ColorFormat
from media.video_frame import Pixels


class Replane:
    """Copies the planes of I420 or NV12 to where the other has them."""

    def __init__(self, width: int, height: int, source: ColorFormat, target: ColorFormat) -> None:
        self._size = width, height
        self._source: ColorFormat = source
        self._target: ColorFormat = target

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        old = planes(pixels, *self._size, self._source)
        new = planes(out, *self._size, self._target)
        for there, here in zip(new, old, strict=True):
            there[:] = here
