"""Formats of audio and video: rates, channels, colour formats, sizes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, cast, get_args

import attrs

from media.errors import FormatError

SAMPLE_RATES: Final = (8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Every sample rate, in Hz, that frames, converters and devices take."""

VIDEO_CLOCK_RATE: Final = 90_000
"""Ticks a second of a video frame's `pts` (RFC 3551's clock for video)."""

ColorFormat = Literal["RGB", "RGBA", "ARGB", "ABGR", "BGRA", "I420", "NV12"]
"""Byte order in memory; I420 and NV12 hold Y, then the chroma at half size, rounded up."""

COLOR_FORMATS: Final = cast("tuple[ColorFormat, ...]", get_args(ColorFormat))

_BYTES_A_PIXEL: Final = {"RGB": 3, "RGBA": 4, "ARGB": 4, "ABGR": 4, "BGRA": 4}


def check_sample_rate(sample_rate: int) -> int:
    """Return `sample_rate`, or raise `FormatError` that names the rates there are."""
    if sample_rate not in SAMPLE_RATES:
        known = ", ".join(map(str, SAMPLE_RATES))
        raise FormatError(
            f"The sample rate {sample_rate!r} is not supported: use one of {known} Hz."
        )
    return sample_rate


def check_channels(channels: int) -> int:
    """Return `channels`, or raise `FormatError`: audio is mono or stereo."""
    if channels not in (1, 2):
        raise FormatError(f"{channels!r} channels are not supported: use 1 (mono) or 2 (stereo).")
    return channels


def _known_rate(_: object, __: object, value: int) -> None:
    check_sample_rate(value)


def _mono_or_stereo(_: object, __: object, value: int) -> None:
    check_channels(value)


@attrs.frozen
class AudioFormat:
    """The sample rate (Hz) and the number of channels of 16-bit signed PCM."""

    sample_rate: int = attrs.field(validator=_known_rate)
    """Hz."""
    channels: int = attrs.field(default=1, validator=_mono_or_stereo)
    """1 (mono) or 2 (stereo)."""

    def __str__(self) -> str:
        kind = "mono" if self.channels == 1 else "stereo"
        return f"{self.sample_rate} Hz {kind}"


@lru_cache(maxsize=256)
def picture_bytes(width: int, height: int, color_format: ColorFormat) -> int:
    """Return how many bytes a picture has; raise `FormatError` for an unknown format or size.

    I420 and NV12 of odd sizes round their chroma planes up, as swscale and libyuv do.
    """
    if color_format not in COLOR_FORMATS:
        known = ", ".join(COLOR_FORMATS)
        raise FormatError(f"The colour format {color_format!r} is unknown: use one of {known}.")
    if width < 1 or height < 1:
        raise FormatError(f"A picture of {width}x{height} has no pixels: both must be 1 or more.")
    if color_format in ("I420", "NV12"):
        return width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
    return width * height * _BYTES_A_PIXEL[color_format]


@attrs.frozen
class VideoFormat:
    """The size and colour format of pictures. Raises `FormatError` for what no picture can have.

    Attributes:
        width, height: pixels.
        color_format: the order of the bytes.
    """

    width: int
    height: int
    color_format: ColorFormat = "RGBA"

    def __attrs_post_init__(self) -> None:
        picture_bytes(self.width, self.height, self.color_format)

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.color_format}"
