"""Our RTP receiver: it hands encoded packets over and counts them."""

from typing import Protocol

from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters

from actors.call.port import MediaKind, MediaPacket
from actors.call.webrtc import redundancy, rtp
from actors.call.webrtc.rtp import MID_URI, ParsedPacket
from actors.messages import Picture
from media.jitter import RtpPacket
from media.jitter.reception import Reception


class SourceReception(Reception):
    """What came of one source, for reports and for where ticks stand."""

    def __init__(self, first: RtpPacket, clock_rate: int) -> None:
        super().__init__(clock_rate)
        self.begin(first)
        self.arrived = 0.0
        """The second at which the last packet came."""
        self.report: tuple[int, float] | None = None
        """The middle time stamp of the far side's last report, and the second when it came."""
        self._told = (0, 0)

    @property
    def jitter_seconds(self) -> float:
        return self.jitter / self._clock_rate

    def fraction_lost(self) -> int:
        """Share lost since the last call, in 1/256; for the next report."""
        before, self._told = self._told, (self.expected, self.total)
        expected, lost = self.expected - before[0], self.lost - (before[0] - before[1])
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
        self.sources: dict[int, SourceReception] = {}

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

    def handle(self, packet: ParsedPacket, arrived: float) -> bool:
        """Take a packet that was routed here; False when it is nothing that was agreed on."""
        codec = self._codecs.get(packet.payload_type)
        if codec is None and packet.payload_type == self.redundant:
            _unpack(packet)
            codec = self._codecs.get(packet.payload_type)
        if codec is None or not self._enabled:
            return False
        self.count(packet, codec.clockRate, arrived)
        if self._ended:
            self.revive(codec)
        if packet.payload:
            name = self._names[packet.payload_type]
            self._sink.packet(MediaPacket(self.kind, name, codec.clockRate, packet, arrived))
        return True

    def count(self, packet: ParsedPacket, clock_rate: int, arrived: float) -> None:
        """Count a packet of its source. A new one takes the place of the oldest, where it must."""
        source = self.sources.get(packet.ssrc)
        if source is None:
            if len(self.sources) >= MAX_SOURCES:
                oldest = next(iter(self.sources))
                del self.sources[oldest]
                self._sink.forget(oldest)
            source = self.sources[packet.ssrc] = SourceReception(packet, clock_rate)
        source.count(packet, arrived)
        source.arrived = arrived

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


def _unpack(packet: ParsedPacket) -> None:
    """Leave the packet's own payload in it, and its copies as the packets that they were."""
    found = redundancy.unpack(packet.payload)
    if found is None:
        return
    packet.payload_type, packet.payload = found.payload_type, found.payload
    packet.copies = [
        RtpPacket(
            packet.sequence - copy.offset // _STEP & 0xFFFF,
            packet.timestamp - copy.offset & 0xFFFFFFFF,
            copy.payload,
            packet.ssrc,
        )
        for copy in found.copies
        if copy.payload_type == packet.payload_type and copy.payload and copy.offset
    ]
