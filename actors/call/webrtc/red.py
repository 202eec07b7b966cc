"""Redundant audio as bytes: a packet's payload, and payloads of earlier ones (RFC 2198)."""

from collections.abc import Sequence
from typing import NamedTuple

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

LARGEST_OFFSET = (1 << 14) - 1
"""Ticks by which a copy may be older than the packet: 341 ms at 48 kHz."""

LARGEST_COPY = (1 << 10) - 1
"""Bytes of a copy."""

_MORE = 0x80
_HEADER = 4


class Copy(NamedTuple):
    """An earlier payload: how many ticks before the packet's own it begins."""

    payload_type: int
    offset: int
    payload: bytes


class Redundant(NamedTuple):
    """What a packet holds: its own payload, and copies, oldest first as they stand in it."""

    payload_type: int
    payload: bytes
    copies: Sequence[Copy]


def pack(redundant: Redundant) -> bytes:
    """The payload of a packet of type `red`. Every copy's offset and length must fit."""
    headers = bytearray()
    for copy in redundant.copies:
        headers.append(_MORE | copy.payload_type)
        headers += (copy.offset << 10 | len(copy.payload)).to_bytes(3, "big")
    headers.append(redundant.payload_type)
    return b"".join((headers, *(copy.payload for copy in redundant.copies), redundant.payload))


def unpack(data: bytes) -> Redundant | None:
    """Read such a payload; None when it contradicts itself."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(data) and data[at] & _MORE:
        rest = int.from_bytes(data[at + 1 : at + _HEADER], "big")
        found.append((data[at] & 0x7F, rest >> 10, rest & LARGEST_COPY))
        at += _HEADER
    if at >= len(data):
        return None
    own = data[at] & 0x7F
    at += 1
    if at + sum(length for _, _, length in found) > len(data):
        return None
    copies: list[Copy] = []
    for payload_type, offset, length in found:
        copies.append(Copy(payload_type, offset, data[at : at + length]))
        at += length
    return Redundant(own, data[at:], copies)


def codec(payload_type: int, opus: int) -> RTCRtpCodecParameters:
    """How a description offers it: copies of Opus beside Opus."""
    return RTCRtpCodecParameters(
        mimeType="audio/red",
        clockRate=48_000,
        channels=2,
        payloadType=payload_type,
        parameters={f"{opus}/{opus}": None},
    )
