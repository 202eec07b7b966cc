"""How a call's audio is encoded for the network."""

from typing import Literal

import attrs
from attrs.validators import ge, in_, le

MIN_BITRATE, MAX_BITRATE = 6_000, 510_000
"""Bit/s that Opus can be set to (RFC 6716, section 2.1.1)."""


@attrs.frozen
class Sound:
    """The encoder's settings for everything that a call says.

    Attributes:
        bitrate: bit/s. 32 000 is fullband speech; music wants 64 000 and more, stereo 96 000.
        complexity: 0 (a fifth of the cost) to 10 (best). At 16 kHz mono 5 costs 182 µs a packet.
        fec: whether packets may carry their predecessor too, as much of it as the loss is worth
            that the far side reports.
        dtx: whether silence is left out: about one packet in 400 ms instead of 20. Saves a
            phone's battery and a slow network; costs the far side its view of our clock.
        application: "voip" for speech, "audio" for music.
    """

    bitrate: int = attrs.field(default=32_000, validator=[ge(MIN_BITRATE), le(MAX_BITRATE)])
    complexity: int = attrs.field(default=5, validator=[ge(0), le(10)])
    fec: bool = True
    dtx: bool = False
    application: Literal["voip", "audio"] = attrs.field(
        default="voip", validator=in_(("voip", "audio"))
    )
