"""Participants and the network's quality as this API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from actors.call.port import PortStatistics
from actors.protocol import Participant
from callboard.daily.settings import from_room
from callboard.daily.shapes import Json, Object

LEFT: Final = "leftCall"
HIDDEN: Final = "hidden"

# Media of this API and what the room calls it.
KINDS: Final = {
    "camera": "camera",
    "microphone": "microphone",
    "screenVideo": "screen",
    "screenAudio": "screen",
}

Subscribed = Callable[[str, str | None], bool]
"""Whether a medium is received: its name, and for a custom track the track's."""


def _to_all(name: str, custom: str | None) -> bool:
    return True


def shown(
    who: Participant, *, local: bool, connected: bool, subscribed: Subscribed = _to_all
) -> Object:
    """One participant: who it is, and the state of each medium.

    A medium that is off is `off`; one that is on is `receivable` where it is not subscribed to,
    `loading` until its connection stands, then `playable`.
    """
    media: Object = {}
    for name, kind in KINDS.items():
        on = bool(getattr(who.media, kind))
        media[name] = _medium(on, local or subscribed(name, None), local or connected)
        if not on and not getattr(who.permissions, kind):
            media[name] = {
                "state": "blocked",
                "subscribed": "unsubscribed",
                "offReasons": ["sendPermission"],
            }
    for name, kind in (("customAudio", "audio"), ("customVideo", "video")):
        media[name] = {
            track.name: _medium(True, local or subscribed(name, track.name), local or connected)
            for track in who.tracks.values()
            if track.kind == kind
        }
    return {
        "id": who.id,
        "info": {
            "isLocal": local,
            "isOwner": who.owner,
            "joinedAt": int(who.joined_at),
            "permissions": from_room(who),
            "userId": who.id,
            "userName": who.name,
        },
        "media": media,
    }


def nobody(name: str) -> Object:
    """The local participant before the first call."""
    return shown(Participant(id="", name=name), local=True, connected=False)


def _medium(on: bool, subscribed: bool, connected: bool) -> Json:
    wanted = "subscribed" if subscribed else "unsubscribed"
    if not on:
        return {"state": "off", "subscribed": wanted, "offReasons": ["user"]}
    state = "receivable" if not subscribed else "playable" if connected else "loading"
    return {"state": state, "subscribed": wanted}


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
