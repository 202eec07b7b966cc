"""RTP packets as bytes (RFC 3550, section 5.1; header extensions RFC 8285)."""

import struct

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from actors.errors import MediaError
from media.jitter import RtpPacket

HEADER = struct.Struct("!BBHLL")
EXTENSION = struct.Struct("!HH")
ONE_BYTE = 0xBEDE

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


def payload_type(codec: RTCRtpCodecParameters) -> int:
    """The number by which packets name this codec.

    Raises:
        MediaError: when negotiation gave it none.
    """
    if codec.payloadType is None:
        raise MediaError(f"{codec.mimeType} was agreed on without a payload type")
    return codec.payloadType


class ParsedPacket(RtpPacket):
    """A packet with its payload type, and the raw block of its one-byte header extensions."""

    __slots__ = ("extension", "payload_type")

    extension: bytes
    payload_type: int


def parse(data: bytes) -> ParsedPacket | None:
    """Read a packet; None when it is none."""
    if len(data) < HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    start, end = HEADER.size + 4 * (first & 0x0F), len(data)
    extension = b""
    if first & 0x10:
        if end < start + EXTENSION.size:
            return None
        profile, words = EXTENSION.unpack_from(data, start)
        start += EXTENSION.size
        if profile == ONE_BYTE:
            extension = data[start : start + 4 * words]
        start += 4 * words
    if first & 0x20 and end > start:
        end -= data[-1]
    if end < start:
        return None
    packet = ParsedPacket(sequence, timestamp, data[start:end], ssrc, bool(second & 0x80))
    packet.payload_type, packet.extension = second & 0x7F, extension
    return packet


def extension_value(block: bytes, identifier: int) -> bytes | None:
    """The value of one header extension, or None when it is not there."""
    position = 0
    while position < len(block):
        if block[position] == 0:  # padding
            position += 1
            continue
        found, length = block[position] >> 4, (block[position] & 0x0F) + 1
        position += 1
        if found == identifier:
            value = block[position : position + length]
            return value if len(value) == length else None
        position += length
    return None


def extension_block(values: dict[int, bytes]) -> bytes:
    """Header extensions as they stand in a packet, with their own header; b"" for none."""
    if not values:
        return b""
    block = b"".join(bytes([key << 4 | len(value) - 1]) + value for key, value in values.items())
    block += b"\x00" * (-len(block) % 4)
    return EXTENSION.pack(ONE_BYTE, len(block) // 4) + block


def serialize(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: bytes = b"",
) -> bytes:
    """A packet as bytes. `extensions` is what `extension_block` made."""
    first = 0x90 if extensions else 0x80
    second = payload_type | 0x80 if marker else payload_type
    return HEADER.pack(first, second, sequence, timestamp, ssrc) + extensions + payload
