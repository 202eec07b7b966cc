"""One picture: its bytes, size and colour format, and where it belongs."""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from media.errors import FormatError
from media.formats import ColorFormat, picture_bytes

if TYPE_CHECKING:
    from typing_extensions import Buffer

Pixels = NDArray[np.uint8]
"""A picture's bytes, flat; planes follow one another, rows have no padding."""

_UINT8: Final = np.dtype(np.uint8)

_usual: tuple[int, int, ColorFormat, int] = (0, 0, "RGB", -1)
"""Width, height, format and bytes of the last picture that was judged in full. Nearly every
picture is like the one before, and comparing takes half the time of computing. Read and replaced
whole, so threads see one or the other."""


class VideoFrame:
    """A picture with its size and colour format and, where known, its time, turn and sender.

    The frame takes the array over: it is not copied, and it is made read-only. Raises
    `FormatError` for another type, a wrong length or an unknown colour format.

    Attributes:
        pixels: uint8; any shape of the right length is viewed flat.
        width, height: pixels.
        color_format: the order of the bytes.
        pts: time, in 1/90000 s.
        turn: the turn of the conversation that the picture answers; None is live video.
        source: the participant who sent it.
    """

    __slots__ = ("color_format", "height", "pixels", "pts", "source", "turn", "width")

    pixels: Pixels
    width: int
    height: int
    color_format: ColorFormat
    pts: int
    turn: int | None
    source: str | None

    def __init__(  # noqa: PLR0917  (turn and source by keyword only: 15 ns more)
        self,
        pixels: Pixels,
        width: int,
        height: int,
        color_format: ColorFormat,
        pts: int = 0,
        turn: int | None = None,
        source: str | None = None,
    ) -> None:
        usual_width, usual_height, usual_format, length = _usual
        if (
            pixels.ndim != 1
            or len(pixels) != length
            or pixels.dtype is not _UINT8
            or width != usual_width
            or height != usual_height
            or color_format != usual_format
        ):
            pixels = _checked(pixels, width, height, color_format)
        # By position: NumPy takes 60 ns longer by keyword, its stub knows only the keyword.
        pixels.setflags(False)  # pyright: ignore[reportCallIssue]
        self.pixels = pixels
        self.width = width
        self.height = height
        self.color_format: ColorFormat = color_format
        self.pts = pts
        self.turn = turn
        self.source = source

    @classmethod
    def from_bytes(
        cls,
        data: Buffer,
        width: int,
        height: int,
        color_format: ColorFormat,
        *,
        pts: int = 0,
        turn: int | None = None,
        source: str | None = None,
    ) -> Self:
        """View any contiguous bytes-like object as a picture, without a copy."""
        pixels = np.frombuffer(memoryview(data), np.uint8)
        return cls(pixels, width, height, color_format, pts, turn=turn, source=source)

    def to_bytes(self) -> bytes:
        """Return the picture's bytes."""
        return self.pixels.tobytes()

    def evolve(
        self,
        *,
        pts: int | EllipsisType = ...,
        turn: int | EllipsisType | None = ...,
        source: str | EllipsisType | None = ...,
    ) -> VideoFrame:
        """Return the same picture with another time, turn or source."""
        return VideoFrame(
            self.pixels,
            self.width,
            self.height,
            self.color_format,
            self.pts if pts is ... else pts,
            turn=self.turn if turn is ... else turn,
            source=self.source if source is ... else source,
        )

    def __repr__(self) -> str:
        turn = "" if self.turn is None else f", turn={self.turn}"
        source = "" if self.source is None else f", source={self.source!r}"
        return (
            f"<VideoFrame {self.width}x{self.height} {self.color_format}, "
            f"pts={self.pts}{turn}{source}>"
        )


def _checked(pixels: Pixels, width: int, height: int, color_format: ColorFormat) -> Pixels:
    """Name what is wrong, or return the picture flat and remember its size."""
    global _usual  # noqa: PLW0603  (a cache of one entry: a mapping's look-up takes 20 ns more)
    expected = picture_bytes(width, height, color_format)
    if pixels.dtype != _UINT8:
        raise FormatError(f"Pixels are {pixels.dtype}; they must be uint8.")
    if pixels.size != expected:
        raise FormatError(
            f"The picture has {pixels.size} bytes; {width}x{height} {color_format} has {expected}."
        )
    _usual = (width, height, color_format, expected)
    if pixels.ndim == 1:
        return pixels
    pixels.setflags(write=False)  # the given array too, not only the view of it
    return pixels.reshape(-1)
