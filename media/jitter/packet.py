"""A received RTP packet, as far as play-out needs it."""

from __future__ import annotations

from collections.abc import Sequence


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
