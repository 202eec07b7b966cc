"""Our RTP sender: it stands where aiortc's `RTCRtpSender` does, but owns no task."""

import secrets
import uuid
from typing import Protocol

from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from actors.call.port import MediaKind
from actors.call.webrtc import rtp
from actors.call.webrtc.redundancy import Redundancy

LOSS_SECONDS = 4.0
"""Seconds over which reported losses are averaged. A report tells of about a second: with a loss of
5 % in bursts every second one tells of none, and redundancy that is left out then is missing when
the next burst comes."""


class PacketTransport(Protocol):
    """What a sender puts its packets on."""

    def send_rtp(self, data: bytes) -> bool:
        """Encrypt and send; False when not connected."""
        ...

    def add_sender(self, sender: "RtpSender") -> None:
        """Send reports for this sender, and give it the far side's."""

    def remove_sender(self, sender: "RtpSender") -> None: ...


class RtpSender:
    """Sends one track: numbers packets and keeps what reports need.

    The names without a sentence are what `RTCPeerConnection` asks of a sender.
    """

    def __init__(self, kind: MediaKind, transport: RTCDtlsTransport, wire: PacketTransport) -> None:
        self.kind: MediaKind = kind
        self.transport = transport
        self.track = None
        self._wire = wire
        self._ssrc = secrets.randbits(32)
        self._rtx_ssrc = secrets.randbits(32)
        self._stream_id = str(uuid.uuid4())
        self._track_id = str(uuid.uuid4())
        self._enabled = True
        self._started = False
        self._payload_type: int = 0
        # The lower half, so that an early wrap does not break decryption (RFC 3711, 3.3.1).
        self._sequence = secrets.randbits(15)
        self._origin = secrets.randbits(32)
        self._extensions = b""
        self._mid_extension, self._mid = 0, b""
        self.cname = ""
        self.clock_rate = 90_000
        self.packets = self.octets = 0
        self.last_timestamp = self._origin
        self.last_sent = 0.0
        self.round_trip: float | None = None
        self.fraction_lost = 0.0
        """The share of our packets that the far side misses, averaged over `LOSS_SECONDS`."""
        self._reported: float | None = None
        self.redundancy: Redundancy | None = None
        """Copies of earlier packets, where the far side takes them."""
        self._covering = False

    @property
    def ssrc(self) -> int:
        return self._ssrc

    @property
    def live(self) -> bool:
        """Whether packets may be sent: the far side listens."""
        return self._started and self._enabled

    def send_packet(
        self, payload: bytes, timestamp: int, at: float, *, marker: bool = False
    ) -> None:
        """Send one packet now, if the far side listens."""
        if not self.live:
            return
        timestamp = (self._origin + timestamp) & 0xFFFFFFFF
        payload_type = self._payload_type
        if self._covering and self.redundancy is not None:
            covered = self.redundancy.cover(payload, timestamp)
            if covered is not None:
                payload_type, payload = self.redundancy.payload_type, covered
        data = rtp.serialize(
            payload_type,
            self._sequence,
            timestamp,
            self._ssrc,
            payload,
            marker=marker,
            extensions=self._extensions,
        )
        if self._wire.send_rtp(data):
            self._sequence = (self._sequence + 1) & 0xFFFF
            self.packets += 1
            self.octets += len(payload)
            self.last_timestamp, self.last_sent = timestamp, at

    def reported(self, loss: float, now: float) -> None:
        """Take note of the share of packets that the far side missed since its last report."""
        before, self._reported = self._reported, now
        weight = 1.0 if before is None else min(1.0, (now - before) / LOSS_SECONDS)
        self.fraction_lost += (loss - self.fraction_lost) * weight
        if self.redundancy is not None:
            self.redundancy.weigh(self.fraction_lost, loss)
            self._covering = self.redundancy.active

    def replaceTrack(self, track: None) -> None:  # noqa: N802  (aiortc's name)
        ...

    def setTransport(self, transport: RTCDtlsTransport) -> None:  # noqa: N802  (aiortc's name)
        self.transport = transport

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin: the connection stands and the far side takes this track."""
        if self._started:
            return
        self._started = True
        self._payload_type = rtp.payload_type(parameters.codecs[0])
        self.clock_rate = parameters.codecs[0].clockRate
        self.cname = parameters.rtcp.cname or ""
        mids = [e.id for e in parameters.headerExtensions if e.uri == rtp.MID_URI]
        if mids and parameters.muxId:
            self._mid_extension, self._mid = mids[0], parameters.muxId.encode()
            self._extensions = rtp.extension_block({self._mid_extension: self._mid})
        self._wire.add_sender(self)

    async def stop(self) -> None:
        if self._started:
            self._started = False
            self._wire.remove_sender(self)
