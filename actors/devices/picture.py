"""The pictures of one camera: what they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from actors.errors import DeviceFormatError, FrameSizeError
from media import ColorFormat, FormatError, Pixels, VideoFrame, picture_bytes

if TYPE_CHECKING:
    from typing_extensions import Buffer

PictureBytes: TypeAlias = "Buffer | Pixels"
"""The bytes of one picture, of any shape."""

LARGEST = 8192
"""Pixels of a side; more than any screen has, and enough for a mistake to show."""


class Picture:
    """What pictures of one size and colour format look like.

    Raises `DeviceFormatError` for a size, colour format or rate that there is not.
    """

    def __init__(
        self, name: str, width: int, height: int, color_format: ColorFormat, frame_rate: float
    ) -> None:
        try:
            self._bytes = picture_bytes(width, height, color_format)
        except (FormatError, TypeError) as error:
            raise DeviceFormatError(f"The camera {name!r} cannot be made. {error}") from None
        if width > LARGEST or height > LARGEST:
            raise DeviceFormatError(
                f"The camera {name!r} cannot be made: {width}x{height} is larger than "
                f"{LARGEST}x{LARGEST}."
            )
        if not 0 < frame_rate <= 120:
            raise DeviceFormatError(
                f"The camera {name!r} cannot be made with {frame_rate!r} pictures a second: give "
                "more than 0, at most 120."
            )
        self._name = name
        self._width, self._height = width, height
        self._format: ColorFormat = color_format

    def frame(self, frame: PictureBytes, pts: int) -> VideoFrame:
        """Copy a picture's bytes; raise `FrameSizeError` unless there are as many."""
        try:
            view = memoryview(cast("Buffer", frame))  # NumPy says so only from Python 3.12 on
        except TypeError:
            raise DeviceFormatError(
                f"{self._name!r} was given {type(frame).__name__}: give bytes or a uint8 array."
            ) from None
        if view.nbytes != self._bytes or view.itemsize != 1:
            raise FrameSizeError(
                f"{self._name!r} was given {view.nbytes} bytes of {view.format!r}; a "
                f"{self._width}x{self._height} {self._format} picture is {self._bytes} bytes."
            )
        return VideoFrame.from_bytes(
            view.tobytes(), self._width, self._height, self._format, pts=pts
        )
