"""Received packets, and the queue in which they wait in the order of their media time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final


class RtpPacket:
    """Sequence number (16 bits), time stamp (32 bits) and payload of one packet (RFC 3550 §5.1).

    `timestamp` counts at the codec's RTP clock: 48 kHz for Opus. `copies` are earlier packets whose
    payloads came along with this one, oldest first, should they have been lost (RFC 2198).
    """

    __slots__ = ("copies", "marker", "payload", "sequence", "ssrc", "timestamp")

    def __init__(
        self,
        sequence: int,
        timestamp: int,
        payload: bytes,
        ssrc: int = 0,
        marker: bool = False,
        *,
        copies: Sequence[RtpPacket] = (),
    ) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.payload = payload
        self.ssrc = ssrc
        self.marker = marker
        self.copies = copies

    def __repr__(self) -> str:
        return (
            f"<RtpPacket {self.sequence} at {self.timestamp}, {len(self.payload)} bytes, "
            f"ssrc={self.ssrc:#x}>"
        )


class Waiting:
    """One packet in the queue: its span in ticks, its payload and when it came.

    `restored` tells a lost packet's copy, which came with a later one.
    """

    __slots__ = ("arrival", "end", "payload", "restored", "sequence", "start")

    def __init__(
        self,
        start: int,
        end: int,
        payload: bytes,
        sequence: int,
        arrival: float,
        *,
        restored: bool = False,
    ) -> None:
        self.start: Final = start
        self.end: Final = end
        self.payload: Final = payload
        self.sequence: Final = sequence
        self.arrival: Final = arrival
        self.restored: Final = restored


class PacketQueue:
    """Sorted by time stamp; one packet a time stamp."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._packets: list[Waiting] = []

    def add(self, packet: Waiting) -> bool:
        """Put a packet in its place; False when one of its time stamp is there already."""
        starts = self._starts
        if not starts or packet.start > starts[-1]:
            starts.append(packet.start)
            self._packets.append(packet)
            return True
        place = bisect_left(starts, packet.start)
        if starts[place] == packet.start:
            return False
        starts.insert(place, packet.start)
        self._packets.insert(place, packet)
        return True

    @property
    def first(self) -> Waiting | None:
        """The earliest packet, left where it is."""
        return self._packets[0] if self._packets else None

    @property
    def end(self) -> int:
        """Where the last packet ends, in ticks; needs one."""
        return self._packets[-1].end

    def span(self) -> int:
        """Return the ticks from the first packet's start to the last one's end."""
        return self._packets[-1].end - self._starts[0] if self._starts else 0

    def pop(self) -> Waiting:
        del self._starts[0]
        return self._packets.pop(0)

    def __len__(self) -> int:
        return len(self._packets)

    def clear(self) -> None:
        self._starts.clear()
        self._packets.clear()
