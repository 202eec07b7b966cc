"""H264 in RTP packets (RFC 6184, packetization mode 1)."""

from collections.abc import Iterator

from actors.call.video.assembly import Payload
from actors.call.video.vp8 import MAX_PAYLOAD

SPS, STAP_A, FU_A = 7, 24, 28
"""Kinds of units: the parameters with which a key picture begins, several units, part of one."""

START = b"\x00\x00\x00\x01"


def units(stream: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, without their start codes (H.264, annex B)."""
    start = stream.find(b"\x00\x00\x01")
    while start >= 0:
        start += 3
        end = stream.find(b"\x00\x00\x01", start)
        unit = stream[start : end if end >= 0 else len(stream)]
        # A zero before a start code belongs to the code; a unit never ends with one.
        yield unit.rstrip(b"\x00") if end >= 0 else unit
        start = end


def packetize(picture: bytes) -> list[bytes]:
    """One encoded picture (a byte stream) as payloads: units as they are, large ones in parts."""
    payloads: list[bytes] = []
    for unit in units(picture):
        if len(unit) <= MAX_PAYLOAD:
            payloads.append(unit)
            continue
        indicator, kind, size = unit[0] & 0xE0 | FU_A, unit[0] & 0x1F, MAX_PAYLOAD - 2
        for start in range(1, len(unit), size):
            header = kind | (0x80 if start == 1 else 0)
            header |= 0x40 if start + size >= len(unit) else 0
            payloads.append(bytes((indicator, header)) + unit[start : start + size])
    return payloads


def read(payload: bytes) -> Payload | None:
    """One payload as a piece of a byte stream; None when it is broken or of another mode.

    A key picture is known by its parameters (SPS): without them its slices are of no use.
    """
    if len(payload) < 2:
        return None
    kind = payload[0] & 0x1F
    if 1 <= kind < STAP_A:
        return Payload(START + payload, True, kind == SPS)
    if kind == STAP_A:
        pieces = list(_aggregated(payload))
        if not pieces or not all(pieces):
            return None
        kinds = {piece[0] & 0x1F for piece in pieces}
        return Payload(b"".join(START + p for p in pieces), True, SPS in kinds)
    if kind == FU_A:
        begins = bool(payload[1] & 0x80)
        whole = bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))
        data = (START + whole if begins else b"") + payload[2:]
        return Payload(data, begins, False)
    return None


def _aggregated(payload: bytes) -> Iterator[bytes]:
    at = 1
    while at + 2 <= len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        at += 2
        yield payload[at : at + size] if at + size <= len(payload) else b""
        at += size
