"""VP8 in RTP packets (RFC 7741)."""

from actors.call.video.assembly import Payload

MAX_PAYLOAD = 1200
"""Bytes of a packet's payload: with headers, SRTP and TURN it stays under an MTU of 1280."""


def packetize(picture: bytes, picture_id: int) -> list[bytes]:
    """One encoded picture as payloads; `picture_id` counts pictures, 15 bits."""
    payloads: list[bytes] = []
    size = MAX_PAYLOAD - 4
    identity = (0x8000 | picture_id & 0x7FFF).to_bytes(2, "big")
    for start in range(0, len(picture), size):
        first = b"\x90\x80" if start == 0 else b"\x80\x80"  # X, and S on the first
        payloads.append(first + identity + picture[start : start + size])
    return payloads


def read(payload: bytes) -> Payload | None:
    """Take the descriptor off (section 4.2); None when the payload is broken."""
    if not payload:
        return None
    first, at = payload[0], 1
    if first & 0x80:  # X: extended control bits
        if len(payload) < 2:
            return None
        extension, at = payload[1], 2
        if extension & 0x80:  # I: picture id of one byte or two
            if len(payload) <= at:
                return None
            at += 2 if payload[at] & 0x80 else 1
        at += bool(extension & 0x40)  # L: TL0PICIDX
        at += bool(extension & 0x30)  # T or K
    data = payload[at:]
    if not data:
        return None
    begins = bool(first & 0x10) and not first & 0x0F
    # Section 4.3: the lowest bit of a picture's first byte is zero for a key picture.
    return Payload(data, begins, begins and not data[0] & 1)
