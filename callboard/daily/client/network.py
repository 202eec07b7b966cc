"""How well the network does, as this API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.call.port import PortStatistics
from callboard.daily.shapes import Json, Object

GOOD: Final = 75
LOW: Final = 50


class Traffic:
    """Rates from counters, measurement by measurement."""

    def __init__(self) -> None:
        self.stats = network_stats(None, 0.0, 0.0, 0.0)
        self._at: float | None = None
        self._sent = self._received = 0

    def measure(self, ports: Mapping[str, PortStatistics], now: float) -> Object:
        """Take what was carried so far; return what is told."""
        sent = sum(port.bytes_sent for port in ports.values())
        received = sum(port.bytes_received for port in ports.values())
        seconds = now - self._at if self._at is not None else 0.0
        # A new connection counts from nought: the sum may fall.
        rates = [
            max(0, total - before) * 8 / seconds if seconds > 0 else 0.0
            for total, before in ((sent, self._sent), (received, self._received))
        ]
        self._at, self._sent, self._received = now, sent, received
        trips = [port.round_trip for port in ports.values() if port.round_trip is not None]
        lost = max((port.lost_there for port in ports.values()), default=0.0)
        self.stats = network_stats(max(trips, default=None), lost, *rates)
        return self.stats


def network_stats(round_trip: float | None, lost: float, sent: float, received: float) -> Object:
    """`quality`, 0 to 100, falls with every 10 ms of round trip over 100 and every 0.3 % lost.

    Args:
        round_trip: seconds, None where it is not known yet.
        lost: share of packets lost lately, 0 to 1.
        sent: bit/s.
        received: bit/s.
    """
    delay = max(0.0, (round_trip or 0.0) - 0.1)
    quality = round(max(0.0, min(100.0, 100.0 - delay * 100.0 - lost * 333.0)))
    threshold = "good" if quality >= GOOD else "low" if quality >= LOW else "very-low"
    latest: dict[str, Json] = {
        "sendBitsPerSecond": round(sent),
        "recvBitsPerSecond": round(received),
        "networkRoundTripTime": round_trip,
        "totalSendPacketLoss": round(lost, 4),
    }
    return {"quality": quality, "stats": {"latest": latest}, "threshold": threshold}
