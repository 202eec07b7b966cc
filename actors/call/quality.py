"""How well the media with somebody does, in one word."""

from typing import Literal

from actors.call.port import PortStatistics

Quality = Literal["good", "poor", "lost"]

SILENT = 2.5
"""Seconds without a packet after which media is lost: half of what makes a new connection."""

LOSS, ROUND_TRIP, JITTER = 0.05, 0.4, 0.06
"""Share of lost packets, seconds there and back, and seconds of variation that people notice
(ITU-T G.114 and G.107)."""


def quality(connected: bool, port: PortStatistics, loss_here: float, now: float) -> Quality:
    """Judge one participant's media.

    Args:
        connected: whether media can flow.
        port: what was carried.
        loss_here: share of the participant's packets lost lately, 0 to 1.
        now: seconds of Trio's clock.
    """
    if not connected or (port.heard is not None and now - port.heard > SILENT):
        return "lost"
    slow = port.round_trip is not None and port.round_trip > ROUND_TRIP
    if max(loss_here, port.lost_there) > LOSS or slow or port.jitter > JITTER:
        return "poor"
    return "good"
