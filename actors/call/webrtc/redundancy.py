"""Redundant audio (RFC 2198): which earlier payloads go along with a packet, and as which bytes."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from media.opus.packet import has_fec

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


BEGIN, END = 0.01, 0.0025
"""Shares of lost packets at which copies are sent and are sent no more. A single loss in a second
is an average of 0.5 %: that alone is not worth them."""

TWICE = 0.03
"""The share from which on two copies go along."""

BURST = 0.05
"""The share in a single report from which on two copies go along at once: three packets of a
second's fifty. The average would wait for another burst."""

DISTANCES = (2, 4)
"""Packets back, the first choice first. What lies between comes by the in-band redundancy of a
copy, which holds its own predecessor: so two copies reach five packets back. Of speech in bursts of
3 at 5 % they leave a third of the concealment that in-band redundancy leaves alone; three copies in
a row (1, 2, 3) leave more."""

PLAIN_DISTANCES = (1, 3)
"""Packets back for payloads without in-band redundancy: music, or a call that turned it off."""

LARGEST_PACKET = 1000
"""Bytes of payload that copies may fill: beyond it they would not fit into a datagram."""


class Redundancy:
    """The copies of one track to one participant, who takes them as `payload_type`."""

    def __init__(self, payload_type: int, opus: int) -> None:
        self.payload_type = payload_type
        self._opus = opus
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=max(DISTANCES))
        self._most = 0

    @property
    def active(self) -> bool:
        """Whether packets are lost, so that copies go along."""
        return self._most > 0

    def weigh(self, loss: float, lately: float) -> None:
        """Decide by the share of packets that the far side misses, on average and lately."""
        if loss >= TWICE or lately >= BURST:
            self._most = 2
        elif loss >= BEGIN:
            self._most = max(self._most, 1)
        elif loss < END:
            self._most = 0
            self._recent.clear()

    def cover(self, payload: bytes, timestamp: int) -> bytes | None:
        """A packet's payload with its copies; None while there is nothing to copy."""
        recent, most = self._recent, self._most
        distances = DISTANCES if has_fec(payload) else PLAIN_DISTANCES
        copies: list[Copy] = []
        size = len(payload)
        for distance in distances[:most]:
            if distance > len(recent):
                break
            before, copied = recent[-distance]
            offset = (timestamp - before) & 0xFFFFFFFF
            size += len(copied)
            if offset > LARGEST_OFFSET or len(copied) > LARGEST_COPY or size > LARGEST_PACKET:
                break
            copies.append(Copy(self._opus, offset, copied))
        recent.append((timestamp, payload))
        copies.reverse()  # oldest first, as they were sent
        return pack(Redundant(self._opus, payload, copies)) if copies else None
