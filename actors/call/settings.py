"""How a call's audio and video are encoded for the network."""

import math
from typing import Literal

import attrs
from attrs.validators import ge, in_, le, optional

MIN_BITRATE, MAX_BITRATE = 6_000, 510_000
"""Bit/s that Opus can be set to (RFC 6716, section 2.1.1)."""


@attrs.frozen
class AudioSettings:
    """The encoder's settings for everything that a call says.

    Attributes:
        bitrate: bit/s. 32 000 is fullband speech; music wants 64 000 and more, stereo 96 000.
        complexity: 0 (a fifth of the cost) to 10 (best); None is `usual_complexity` of the rate.
        fec: whether packets may carry their predecessor too, as much of it as the loss is worth
            that the far side reports.
        dtx: whether silence is left out: about one packet in 400 ms instead of 20. Saves a
            phone's battery and a slow network; costs the far side its view of our clock.
        application: "voip" for speech, "audio" for music.
    """

    bitrate: int = attrs.field(default=32_000, validator=[ge(MIN_BITRATE), le(MAX_BITRATE)])
    complexity: int | None = attrs.field(default=None, validator=optional([ge(0), le(10)]))
    fec: bool = True
    dtx: bool = False
    application: Literal["voip", "audio"] = attrs.field(
        default="voip", validator=in_(("voip", "audio"))
    )


def usual_complexity(sample_rate: int) -> int:
    """The complexity beyond which nobody hears a difference at 32 kbit/s.

    By PESQ (ITU-T P.862.2) wideband speech at 16 kHz has 4.49 with 3 and 4.52 with 5, for four
    fifths of the cost; a synthetic voice at 24 kHz has 4.21 with 3, 4.38 with 5 and 4.47 with 10.
    """
    return 3 if sample_rate <= 16_000 else 5


BITS_A_PIXEL = 0.05
"""Under so many bits a pixel VP8 and H264 at real-time speed look like mosaic."""

SLOWEST = 5
"""Frames a second below which a picture is made smaller instead."""

MANY = 3
"""Receivers from which on pictures are sent at half their size: a mesh sends one copy each."""


@attrs.frozen
class VideoSettings:
    """The encoder's limits for everything that a call shows.

    Attributes:
        frame_rate: pictures a second at most; what comes faster is dropped and counted.
        bitrate: bit/s at most for each track. It begins at a third of that.
        lowest_bitrate: bit/s below which nothing goes, however bad the network is.
    """

    frame_rate: int = attrs.field(default=30, validator=[ge(1), le(60)])
    bitrate: int = attrs.field(default=1_500_000, validator=[ge(50_000), le(20_000_000)])
    lowest_bitrate: int = attrs.field(default=100_000, validator=[ge(30_000), le(20_000_000)])


@attrs.frozen
class EncodingPlan:
    """What is encoded now: size in pixels, pictures a second, bit/s."""

    width: int
    height: int
    frame_rate: int
    bitrate: int


def plan(
    video_settings: VideoSettings, width: int, height: int, bitrate: int, receivers: int
) -> EncodingPlan:
    """Fit a picture of this size into so many bits a second.

    First fewer pictures, then smaller ones; half the size where more than three receive it.
    """
    halvings = 1 if receivers > MANY else 0
    while True:
        made = (_even(width >> halvings), _even(height >> halvings))
        affordable = bitrate / (BITS_A_PIXEL * math.prod(made))
        if affordable >= SLOWEST or halvings >= 2 or min(made) < 160:
            frame_rate = min(video_settings.frame_rate, max(SLOWEST, round(affordable)))
            return EncodingPlan(*made, min(frame_rate, video_settings.frame_rate), bitrate)
        halvings += 1


def _even(length: int) -> int:
    return max(2, length & ~1)
