"""Our RTP receiver: it hands encoded packets over and counts them (RFC 3550, A.8)."""

from collections.abc import Sequence
from typing import Protocol

from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters

from actors.call.port import MediaKind, MediaPacket
from actors.call.webrtc import redundancy, rtp
from actors.call.webrtc.rtp import MID_URI, RtpHeader
from actors.messages import Picture
from media.jitter import RtpPacket


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


MAX_SOURCES = 16
"""Sources of one track that are remembered: the newest, of a peer that changes for ever."""


_STEP = 960
"""Ticks from one packet to the next, by which a copy's sequence number is guessed: RFC 2198 does
not carry it, and only duplicates are told by it."""


class PacketRouter(Protocol):
    """Where received media goes, and what routes it here."""

    def add_receiver(self, receiver: "RtpReceiver", mid_extension: int) -> None: ...

    def remove_receiver(self, receiver: "RtpReceiver") -> None: ...

    def forget(self, source: int) -> None:
        """Route this source no more: it is too old to be remembered."""

    def packet(self, packet: MediaPacket) -> None: ...

    def started(self, kind: MediaKind, codec: RTCRtpCodecParameters) -> None:
        """The far side may send this kind from now on."""

    def ended(self, kind: MediaKind) -> None:
        """The far side sends no more of it."""

    def picture(self, picture: Picture) -> None:
        """Take one picture. On the track's thread."""

    def broke(self, error: Exception) -> None:
        """Something here failed in a way that was not foreseen. Any thread."""


class RtpReceiver:
    """Receives one track: counts, and passes packets on.

    The names without a sentence are what `RTCPeerConnection` asks of a receiver.
    """

    on_any_thread = True
    """Whether `handle` may be called on another thread than the loop's, one call at a time."""

    def __init__(self, kind: MediaKind, transport: RTCDtlsTransport, sink: PacketRouter) -> None:
        self.kind: MediaKind = kind
        self.transport = transport
        self._sink = sink
        self._track = None
        self._enabled = True
        self._started = False
        self._ended = False
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._names: dict[int, str] = {}
        self.redundant: int | None = None
        """The payload type of packets with copies of earlier ones (RFC 2198)."""
        self.mid = ""
        self.ssrcs: set[int] = set()
        self.sources: dict[int, ReceiveStatistics] = {}

    @property
    def track(self) -> object | None:
        return self._track

    @property
    def payload_types(self) -> set[int]:
        """What may stand in a packet's header."""
        return set(self._codecs) if self.redundant is None else {*self._codecs, self.redundant}

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin: the connection stands and the far side may send."""
        if self._started:
            return
        self._started = True
        self._codecs = {rtp.payload_type(codec): codec for codec in parameters.codecs}
        self._names = {number: codec.name.lower() for number, codec in self._codecs.items()}
        self.mid = parameters.muxId
        self.ssrcs = {encoding.ssrc for encoding in parameters.encodings}
        mids = [e.id for e in parameters.headerExtensions if e.uri == MID_URI]
        self._sink.add_receiver(self, mids[0] if mids else 0)
        self._sink.started(self.kind, parameters.codecs[0])

    def handle(self, header: RtpHeader, arrived: float) -> bool:
        """Take a packet that was routed here; False when it is nothing that was agreed on."""
        codec = self._codecs.get(header.payload_type)
        copies: Sequence[redundancy.Copy] = ()
        if codec is None and header.payload_type == self.redundant:
            codec, copies = self._unpack(header)
        if codec is None or not self._enabled:
            return False
        source = self.sources.get(header.ssrc) or self.source(header.ssrc, codec.clockRate)
        source.add(header.sequence, header.timestamp, arrived)
        if self._ended:
            self.revive(codec)
        if header.payload:
            packet = RtpPacket(
                header.sequence, header.timestamp, header.payload, header.ssrc, header.marker
            )
            if copies:
                packet.copies = _earlier(header, copies)
            self._sink.packet(
                MediaPacket(
                    self.kind, self._names[header.payload_type], codec.clockRate, packet, arrived
                )
            )
        return True

    def _unpack(
        self, header: RtpHeader
    ) -> tuple[RTCRtpCodecParameters | None, Sequence[redundancy.Copy]]:
        """Leave the packet's own payload in it and give its copies; no codec where it has none."""
        found = redundancy.unpack(header.payload)
        if found is None:
            return None, ()
        header.payload_type, header.payload = found.payload_type, found.payload
        return self._codecs.get(found.payload_type), found.copies

    def source(self, ssrc: int, clock_rate: int) -> ReceiveStatistics:
        """The counts of one source. A new one takes the place of the oldest, where it must."""
        found = self.sources.get(ssrc)
        if found is None:
            if len(self.sources) >= MAX_SOURCES:
                oldest = next(iter(self.sources))
                del self.sources[oldest]
                self._sink.forget(oldest)
            found = self.sources[ssrc] = ReceiveStatistics(clock_rate)
        return found

    def revive(self, codec: RTCRtpCodecParameters | None) -> None:
        """A packet came: a track that had ended by BYE goes on."""
        if self._ended and codec is not None:
            self._ended = False
            self._sink.started(self.kind, codec)

    def bye(self) -> None:
        """Take the far side's word that it has ended (RFC 3550, section 6.6)."""
        if self._started and not self._ended:
            self._ended = True
            self._sink.ended(self.kind)

    def setTransport(self, transport: RTCDtlsTransport) -> None:  # noqa: N802  (aiortc's name)
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        """Reports go out under the wire's own number."""

    async def stop(self) -> None:
        if self._started:
            self._started = False
            self._sink.remove_receiver(self)
            self.bye()


def _earlier(header: RtpHeader, copies: Sequence[redundancy.Copy]) -> list[RtpPacket]:
    """The copies of the packet's own codec as the packets that they were."""
    return [
        RtpPacket(
            header.sequence - copy.offset // _STEP & 0xFFFF,
            header.timestamp - copy.offset & 0xFFFFFFFF,
            copy.payload,
            header.ssrc,
        )
        for copy in copies
        if copy.payload_type == header.payload_type and copy.payload and copy.offset
    ]
