"""Where the bytes of each colour format stand."""

from __future__ import annotations

from typing import Final, NamedTuple

import attrs

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
