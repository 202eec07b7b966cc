"""How a call's audio is encoded for the network."""

from typing import Literal

import attrs
from attrs.validators import ge, in_, le, optional

MIN_BITRATE, MAX_BITRATE = 6_000, 510_000
"""Bit/s that Opus can be set to (RFC 6716, section 2.1.1)."""


@attrs.frozen
class Sound:
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
