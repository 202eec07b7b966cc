"""Another order of the same bytes: RGB, RGBA, ARGB, ABGR, BGRA among themselves."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.color.layout import OPAQUE, STRIP_PIXELS, WORD, Words, load_rgb, scratch, store_rgb
from media.errors import FormatError
from media.formats import ColorFormat
from media.video_frame import Pixels

_ROTATIONS: Final = (0, 8, 24)
"""Bits to the left; 24 is 8 to the right."""


class Swizzle:
    """One order into another, as a byte swap and a rotation of 32-bit words.

    The four orders differ by no more than that: RGBA swapped is ABGR, ABGR rotated is BGRA.
    """

    def __init__(self, source: ColorFormat, target: ColorFormat) -> None:
        self._from_rgb = source == "RGB"
        self._to_rgb = target == "RGB"
        here = "RGBA" if self._from_rgb else source
        there = "RGBA" if self._to_rgb else target
        self._swapped, self._left = _moves(here, there)
        self._copied = not (self._left or self._from_rgb or self._to_rgb)
        self._words = scratch(STRIP_PIXELS, np.uint32)
        self._spare = scratch(STRIP_PIXELS, np.uint32)

    def __call__(self, pixels: Pixels, out: Pixels) -> None:
        """Convert flat `pixels` into flat `out`."""
        count = len(pixels) // (3 if self._from_rgb else 4)
        if self._copied:  # needs no scratch, so no strips
            self._strip(pixels, out, 0, count)
            return
        for first in range(0, count, STRIP_PIXELS):
            self._strip(pixels, out, first, min(STRIP_PIXELS, count - first))

    def _strip(self, pixels: Pixels, out: Pixels, first: int, count: int) -> None:
        part = slice(first, first + count)
        loaded = self._words[:count]  # not used where bytes are only copied
        if self._from_rgb:
            load_rgb(pixels, first, loaded)
            np.bitwise_or(loaded, OPAQUE, out=loaded)
            source = loaded
        else:
            source = pixels.view(WORD)[part]
        target = loaded if self._to_rgb else out.view(WORD)[part]
        self._reorder(source, target)
        if self._to_rgb:
            store_rgb(target, out, first)

    def _reorder(self, source: Words, target: Words) -> None:
        if self._swapped:
            source = source.view(WORD.newbyteorder(">"))
        if not self._left:
            np.copyto(target, source)
            return
        spare = self._spare[: len(source)]
        if self._swapped:
            np.copyto(self._words[: len(source)], source)
            source = self._words[: len(source)]
        np.right_shift(source, np.uint32(32 - self._left), out=spare)
        np.left_shift(source, np.uint32(self._left), out=target)
        np.bitwise_or(target, spare, out=target)


def _moves(source: str, target: str) -> tuple[bool, int]:
    """Return whether to swap the bytes, and by how many bits to rotate left then."""
    for swapped in (False, True):
        order = source[::-1] if swapped else source
        for left in _ROTATIONS:
            # A little-endian word rotated left by one byte has its last byte in memory first.
            places = left // 8
            if order[4 - places :] + order[: 4 - places] == target:
                return swapped, left
    raise FormatError(f"{source} does not become {target} by swapping and rotating bytes.")
