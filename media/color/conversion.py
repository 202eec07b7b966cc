"""Every pair of colour formats, by way of red, green and blue as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from media.color.layout import PACKED, planes
from media.color.matrix import (
    CHROMA_SPAN,
    CHROMA_ZERO,
    LUMA_BLACK,
    LUMA_SPAN,
    Matrix,
    MatrixName,
    matrix_named,
)
from media.errors import FormatError
from media.formats import ColorFormat, picture_bytes

if TYPE_CHECKING:
    from media.video_frame import Pixels

Plane = NDArray[np.float64]


def convert(
    pixels: Pixels,
    width: int,
    height: int,
    source: ColorFormat,
    target: ColorFormat,
    *,
    matrix: MatrixName = "bt601",
    out: Pixels | None = None,
) -> Pixels:
    """Convert flat uint8 `pixels` of `source` into flat uint8 of `target`.

    `out` takes the result if given (flat, uint8, of the right length). YUV is of limited range, its
    chroma the mean of 2x2 pixels. Raises `FormatError` for a wrong length, format or matrix.
    """
    weights = matrix_named(matrix)
    _check(pixels, picture_bytes(width, height, source), f"a {width}x{height} {source} picture")
    size = picture_bytes(width, height, target)
    if out is None:
        out = np.empty(size, np.uint8)
    else:
        _check(out, size, f"`out` for a {width}x{height} {target} picture")
    if source == target:
        out[:] = pixels
    elif source not in PACKED and target not in PACKED:
        for there, here in zip(
            planes(out, width, height, target), planes(pixels, width, height, source), strict=True
        ):
            there[:] = here
    elif source in PACKED and target in PACKED:
        _swizzle(pixels, out, source, target)
    elif source in PACKED:
        _to_planes(pixels, out, width, height, source, target, weights)
    else:
        _from_planes(pixels, out, width, height, source, target, weights)
    return out


def _check(pixels: Pixels, size: int, what: str) -> None:
    if pixels.dtype != np.uint8 or pixels.shape != (size,):
        raise FormatError(
            f"{what} is a flat uint8 array of {size}; this one is {pixels.dtype} of the shape "
            f"{pixels.shape}."
        )


def _swizzle(pixels: Pixels, out: Pixels, source: ColorFormat, target: ColorFormat) -> None:
    here, there = PACKED[source], PACKED[target]
    old, new = pixels.reshape(-1, here.size), out.reshape(-1, there.size)
    new[:, there.red] = old[:, here.red]
    new[:, there.green] = old[:, here.green]
    new[:, there.blue] = old[:, here.blue]
    if there.alpha is not None:
        new[:, there.alpha] = 255 if here.alpha is None else old[:, here.alpha]


def _round(values: Plane) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _halve(plane: Plane) -> Plane:
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[::2, ::2] + even[::2, 1::2] + even[1::2, ::2] + even[1::2, 1::2]) / 4


def _to_planes(
    pixels: Pixels, out: Pixels, width: int, height: int,
    source: ColorFormat, target: ColorFormat, matrix: Matrix,
) -> None:  # fmt: skip
    layout = PACKED[source]
    picture = pixels.reshape(height, width, layout.size).astype(np.float64)
    red, green, blue = (picture[..., i] for i in (layout.red, layout.green, layout.blue))
    luma = matrix.red * red + matrix.green * green + matrix.blue * blue
    y, u, v = planes(out, width, height, target)
    y[:] = _round(LUMA_BLACK + luma * (LUMA_SPAN / 255))
    half = CHROMA_SPAN / 255 / 2
    u[:] = _round(CHROMA_ZERO + _halve(blue - luma) * (half / (1 - matrix.blue)))
    v[:] = _round(CHROMA_ZERO + _halve(red - luma) * (half / (1 - matrix.red)))


def _from_planes(
    pixels: Pixels, out: Pixels, width: int, height: int,
    source: ColorFormat, target: ColorFormat, matrix: Matrix,
) -> None:  # fmt: skip
    y, u, v = planes(pixels, width, height, source)

    def double(plane: Pixels) -> Plane:
        centred = (plane.astype(np.float64) - CHROMA_ZERO) * (255 / CHROMA_SPAN)
        return centred.repeat(2, 0).repeat(2, 1)[:height, :width]

    luma = (y.astype(np.float64) - LUMA_BLACK) * (255 / LUMA_SPAN)
    red_less_luma = double(v) * (2 * (1 - matrix.red))
    blue_less_luma = double(u) * (2 * (1 - matrix.blue))
    weighted = matrix.red * red_less_luma + matrix.blue * blue_less_luma
    layout = PACKED[target]
    picture = out.reshape(height, width, layout.size)
    picture[..., layout.red] = _round(luma + red_less_luma)
    picture[..., layout.green] = _round(luma - weighted / matrix.green)
    picture[..., layout.blue] = _round(luma + blue_less_luma)
    if layout.alpha is not None:
        picture[..., layout.alpha] = 255
