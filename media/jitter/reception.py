"""One RTP source as RFC 3550 counts it: continuity, loss, interarrival jitter."""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from media.jitter.packets import RtpPacket

_JUMP: Final = 1.0
"""Seconds by which a time stamp may contradict both the sequence number and the clock."""

_DROPOUT: Final = 3000
"""A jump of the sequence number by so many is none that packets on the way explain
(RFC 3550 §A.1's MAX_DROPOUT): the source has begun anew, or the packet is not its own."""

_REMEMBERED: Final = 4096
"""So many packets back a second copy is known: a power of two, more than `follows` lets in."""

_STRAY_STEPS: Final = 50
_LOSS_INTERVAL: Final = 50
_OUTAGE: Final = 10
"""Packets missing in a row that are an outage, which no redundancy bridges."""


class Stray(NamedTuple):
    """A packet that fits no stream so far, and when it came."""

    packet: RtpPacket
    arrival: float


def unwrap(value: int, near: int, bits: int) -> int:
    """Return the full counter whose low `bits` are `value` and that lies nearest to `near`."""
    span = 1 << bits
    ahead = (value - near) & (span - 1)
    return near + (ahead - span if ahead >= span >> 1 else ahead)


def _nothing() -> array[int]:
    """Return the time stamps of the last packets, by sequence number, when none has come."""
    return array("q", (-1,)) * _REMEMBERED


class Reception:
    """Follows one source's sequence numbers and time stamps through their wraps.

    `jitter` is RFC 3550 §6.4.1's, in ticks of the RTP clock; `lost` and `expected` as in §A.3.
    A second copy of a packet counts as received, as §A.3 wants it, and in nothing else.
    """

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate: Final = clock_rate
        self._transit: float | None = None
        self._stray: Stray | None = None
        self._counted_expected = self._counted_received = self._copies = 0
        self._past_expected = self._past_received = 0
        self._intervals = 0
        self._came = _nothing()
        self.ssrc: int | None = None
        self.first = self.highest = self.timestamp = 0
        self.received = 0
        self.jitter = 0.0
        self.loss = 0.0
        """The recent share of lost packets, smoothed over about four seconds."""

    def begin(self, packet: RtpPacket) -> None:
        """Start over with a new source, or with an old one that has jumped."""
        self._past_expected, self._past_received = self.expected, self.total
        self._counted_expected = self._counted_received = self._copies = 0
        self._transit = self._stray = None
        self.ssrc = packet.ssrc
        self.first = self.highest = packet.sequence & 0xFFFF
        self.timestamp = packet.timestamp & 0xFFFF_FFFF
        self.received = 0
        self._came = _nothing()

    def follows(self, packet: RtpPacket, now: float, duration: int) -> bool:
        """Tell whether the packet continues the source; one that does not is held back.

        Its time stamp must agree with its sequence number or with the clock, to a second, and its
        sequence number be near. A second stray packet that follows at once on the first
        (`confirm`) shows that the source itself has jumped.
        """
        if (packet.sequence - self.highest) & 0xFFFF == 1 and (
            packet.timestamp - self.timestamp
        ) & 0xFFFF_FFFF == duration:
            return True  # the next one, as nearly all are
        timestamp = unwrap(packet.timestamp, self.timestamp, 32)
        elapsed = timestamp - self.timestamp
        steps = unwrap(packet.sequence, self.highest, 16) - self.highest
        if abs(steps) >= _DROPOUT:
            return False
        allowed = _JUMP * self._clock_rate
        if abs(elapsed - steps * duration) <= allowed:
            return True
        return (
            self._transit is not None
            and abs(now * self._clock_rate - timestamp - self._transit) <= allowed
        )

    def confirm(self, packet: RtpPacket, now: float) -> Stray | None:
        """Return the earlier stray packet that this one continues, else keep this one."""
        stray, self._stray = self._stray, Stray(packet, now)
        if stray is None or stray.packet.ssrc != packet.ssrc:
            return None
        step = (packet.sequence - stray.packet.sequence) & 0xFFFF
        elapsed = (packet.timestamp - stray.packet.timestamp) & 0xFFFF_FFFF
        if 0 < step < _STRAY_STEPS and 0 < elapsed <= _JUMP * self._clock_rate:
            return stray
        return None

    def place(self, timestamp: int) -> int:
        """Return a time stamp of this source, unwrapped."""
        return unwrap(timestamp, self.timestamp, 32)

    def has(self, packet: RtpPacket) -> bool:
        """Tell whether this very packet was counted before, whatever became of it."""
        return self._came[packet.sequence % _REMEMBERED] == packet.timestamp & 0xFFFF_FFFF

    def count(self, packet: RtpPacket, now: float) -> int:
        """Count a packet of this source; return its unwrapped time stamp."""
        stamp, place = packet.timestamp & 0xFFFF_FFFF, packet.sequence % _REMEMBERED
        timestamp = unwrap(stamp, self.timestamp, 32)
        self.received += 1
        if self._came[place] == stamp:  # a second copy tells nothing of loss or jitter
            self._copies += 1
            return timestamp
        sequence = unwrap(packet.sequence, self.highest, 16)
        transit = now * self._clock_rate - timestamp
        if self._transit is not None:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit
        self._stray = None  # the source goes on: what did not fit before was none of its own
        self._came[place] = stamp
        if sequence > self.highest:
            if sequence - self.highest > _OUTAGE:  # says nothing about the loss between outages
                self._counted_expected += sequence - self.highest - 1
            self.highest = sequence
            self.timestamp = timestamp
            if sequence - self.first - self._counted_expected >= _LOSS_INTERVAL:
                self._update_loss()
        return timestamp

    def _update_loss(self) -> None:
        expected = self.highest - self.first + 1
        due = expected - self._counted_expected
        first_copies = self.received - self._copies
        missing = due - (first_copies - self._counted_received)
        self._counted_expected, self._counted_received = expected, first_copies
        # Negative when packets that had seemed lost came late.
        self._intervals += 1
        weight = max(1 / 4, 1 / self._intervals)  # the first second counts at once
        self.loss = max(0.0, self.loss + (missing / due - self.loss) * weight)

    @property
    def expected(self) -> int:
        """How many packets were sent, judged by their sequence numbers, over all sources."""
        if self.ssrc is None:
            return 0
        return self._past_expected + self.highest - self.first + 1

    @property
    def total(self) -> int:
        """How many packets came, duplicates included, over all sources."""
        return self._past_received + self.received

    @property
    def lost(self) -> int:
        """Expected less received: negative where duplicates outweigh losses (RFC 3550 §A.3)."""
        return self.expected - self.total
