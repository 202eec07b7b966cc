"""What a receiver counts of one source, for its reports (RFC 3550, sections 6.4.1 and A.8)."""


class ReceiveStatistics:
    """Counts of one source's packets."""

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._first: int | None = None
        self.highest = 0
        """Highest sequence number seen, extended by the count of its wraps."""
        self.received = 0
        self.arrived = 0.0
        """The second at which the last one came."""
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = 0
        self._received_before = 0

    def add(self, sequence: int, timestamp: int, arrived: float) -> None:
        """Count a packet that arrived at this second."""
        self.received += 1
        self.arrived = arrived
        if self._first is None:
            self._first = self.highest = sequence
        ahead = (sequence - self.highest) & 0xFFFF
        if ahead < 0x8000:
            self.highest += ahead
        transit = arrived * self._clock_rate - timestamp
        if self._transit is not None:
            # Time stamps wrap: a difference is taken modulo 2^32, around zero.
            difference = abs((transit - self._transit + 2**31) % 2**32 - 2**31)
            self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    @property
    def expected(self) -> int:
        """Packets that the source has sent, as far as sequence numbers tell."""
        return 0 if self._first is None else self.highest - self._first + 1

    @property
    def lost(self) -> int:
        """Packets that never came; negative when some came twice."""
        return self.expected - self.received

    @property
    def jitter(self) -> float:
        """Variation of the arrival times, in ticks of the clock."""
        return self._jitter

    @property
    def jitter_seconds(self) -> float:
        """The same in seconds."""
        return self._jitter / self._clock_rate

    def fraction_lost(self) -> int:
        """Share lost since the last call, in 1/256; for the next report."""
        expected = self.expected - self._expected_before
        received = self.received - self._received_before
        self._expected_before, self._received_before = self.expected, self.received
        lost = expected - received
        return min(255, lost * 256 // expected) if expected > 0 and lost > 0 else 0
