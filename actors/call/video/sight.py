"""How a call's pictures are encoded for the network, and what becomes of them when it is slow."""

import math

import attrs
from attrs.validators import ge, le

BITS_A_PIXEL = 0.05
"""Under so many bits a pixel VP8 and H264 at real-time speed look like mosaic."""

SLOWEST = 5
"""Frames a second below which a picture is made smaller instead."""

MANY = 3
"""Receivers from which on pictures are sent at half their size: a mesh sends one copy each."""


@attrs.frozen
class Sight:
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
class Plan:
    """What is encoded now: size in pixels, pictures a second, bit/s."""

    width: int
    height: int
    frame_rate: int
    bitrate: int


def plan(sight: Sight, width: int, height: int, bitrate: int, receivers: int) -> Plan:
    """Fit a picture of this size into so many bits a second.

    First fewer pictures, then smaller ones; half the size where more than three receive it.
    """
    halvings = 1 if receivers > MANY else 0
    while True:
        made = (_even(width >> halvings), _even(height >> halvings))
        affordable = bitrate / (BITS_A_PIXEL * math.prod(made))
        if affordable >= SLOWEST or halvings >= 2 or min(made) < 160:
            frame_rate = min(sight.frame_rate, max(SLOWEST, round(affordable)))
            return Plan(*made, min(frame_rate, sight.frame_rate), bitrate)
        halvings += 1


def _even(length: int) -> int:
    return max(2, length & ~1)
