"""RTP packets of one video track to whole pictures, in order; what to ask again, and when."""

from collections.abc import Callable, Iterator

import attrs

from media.jitter import RtpPacket
from media.jitter.reception import unwrap

REORDER = 0.010
"""Seconds that a packet may be late before it is asked for again."""

ASK_EVERY = 0.060
"""Seconds between two requests for one packet, at least."""

PATIENCE = 0.400
"""Seconds that a missing packet is waited for; then only a key picture helps."""

KEY_EVERY = 0.500
"""Seconds between two requests for a key picture."""

MOST_WAITING = 1024
"""Packets kept: some seconds of video. More says that nothing will come of them."""

MOST_ASKED = 64
"""Packets that are asked for at once: beyond that a key picture costs less."""


@attrs.frozen
class Encoded:
    """One whole encoded picture; `timestamp` counts 1/90000 s, without wraps."""

    data: bytes
    timestamp: int
    key: bool


@attrs.frozen
class Payload:
    """One packet's part of a picture.

    `begins` tells whether a picture begins here, or a unit of one; `key` whether that picture
    needs no other.
    """

    data: bytes
    begins: bool
    key: bool


EMPTY = Payload(b"", begins=False, key=False)


@attrs.frozen
class PicturePart:
    """A packet that waits for the others of its picture."""

    payload: Payload
    timestamp: int
    marker: bool


@attrs.define
class MissingPacket:
    """A packet that is missing: since when, and when it was asked for last."""

    since: float
    asked: float = float("-inf")


class Assembly:
    """Sans-IO: `push` packets as they come, then take what `pictures`, `lost` and `wants_key` say.

    A picture is given only when it is whole and everything before it was given, or when it needs
    nothing before it. After a hole that stays nothing is given until a key picture comes.
    """

    def __init__(self, read: Callable[[bytes], Payload | None]) -> None:
        self._read = read
        self._parts: dict[int, PicturePart] = {}
        self._gaps: dict[int, MissingPacket] = {}
        self._highest: int | None = None
        self._timestamp = 0
        self._next: int | None = None  # the packet with which the next picture begins
        self._asked_key = float("-inf")
        self.broken = 0
        """Packets that could not be read."""
        self.skipped = 0
        """Times when a hole stayed and a key picture was waited for."""

    def push(self, packet: RtpPacket, now: float) -> None:
        """Take a packet. An empty one (padding, a probe) counts, so that nobody misses it."""
        sequence = packet.sequence
        if self._highest is not None:
            sequence = unwrap(sequence, self._highest, 16)
            if abs(sequence - self._highest) > MOST_WAITING:
                self.restart()  # the source has jumped
                self._highest = None
                sequence = packet.sequence
        if self._highest is None:
            self._timestamp = packet.timestamp
        self._note(sequence, now)
        if self._next is not None and sequence < self._next:
            return
        self._timestamp = unwrap(packet.timestamp, self._timestamp, 32)
        payload = self._read(packet.payload) if packet.payload else EMPTY
        if payload is None:
            self.broken += 1
            payload = EMPTY
        self._parts[sequence] = PicturePart(payload, self._timestamp, packet.marker)
        if self._next is None and payload.begins and payload.key:
            self._enter(sequence, now)
        if len(self._parts) > MOST_WAITING:
            self._give_up(now)

    def pictures(self) -> Iterator[Encoded]:
        """Give what is whole now, in order."""
        while (found := self._whole()) is not None:
            yield found

    def lost(self, now: float) -> list[int]:
        """The sequence numbers (16 bits) to ask for again now: for a NACK."""
        if self._gaps and now - min(gap.since for gap in self._gaps.values()) > PATIENCE:
            self._give_up(now)
        due = [
            (sequence, gap)
            for sequence, gap in self._gaps.items()
            if now - gap.since >= REORDER and now - gap.asked >= ASK_EVERY
        ]
        for _, gap in due:
            gap.asked = now
        return [sequence & 0xFFFF for sequence, _ in due]

    def wants_key(self, now: float) -> bool:
        """Whether to ask for a key picture now: nothing can be given without one."""
        if self._next is not None or self._highest is None or now - self._asked_key < KEY_EVERY:
            return False
        self._asked_key = now
        return True

    def restart(self) -> None:
        """Give nothing until a key picture comes: the decoder lost its way, or begins."""
        self._next = None
        self._parts.clear()
        self._gaps.clear()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to ask for."""
        return not self._gaps and self._next is not None

    def _note(self, sequence: int, now: float) -> None:
        self._gaps.pop(sequence, None)
        if self._highest is None:
            self._highest = sequence
            return
        if sequence <= self._highest:
            return
        missing = range(self._highest + 1, sequence)
        if len(missing) > MOST_ASKED:
            self._give_up(now)
        elif self._next is not None:  # while a key picture is waited for, holes do not matter
            self._gaps.update((each, MissingPacket(now)) for each in missing)
        self._highest = sequence

    def _enter(self, sequence: int, now: float) -> None:
        """Begin with a key picture's first packet."""
        assert self._highest is not None
        self._next = sequence
        self._forget_before(sequence)
        missing = set(range(sequence, self._highest)) - self._parts.keys()
        self._gaps = {each: MissingPacket(now) for each in missing}

    def _whole(self) -> Encoded | None:
        if self._next is None:
            return None
        first = self._next
        while (part := self._parts.get(first)) is not None and part.payload is EMPTY:
            del self._parts[first]
            first = self._next = first + 1
        if part is None:
            return None
        data: list[bytes] = []
        key, last = part.payload.key, first
        while True:
            if (each := self._parts.get(last)) is None:
                return None
            if each.timestamp != part.timestamp:
                break  # another picture begins although no marker came
            data.append(each.payload.data)
            last += 1
            if each.marker:
                break
        self._forget_before(last)
        self._next = last
        return Encoded(b"".join(data), part.timestamp, key)

    def _give_up(self, now: float) -> None:
        self.skipped += 1
        keys = [at for at, part in self._parts.items() if part.payload.begins and part.payload.key]
        if keys and max(keys) != self._next:
            self._enter(max(keys), now)
        else:
            self.restart()

    def _forget_before(self, sequence: int) -> None:
        for each in [each for each in self._parts if each < sequence]:
            del self._parts[each]
        for each in [each for each in self._gaps if each < sequence]:
            del self._gaps[each]
