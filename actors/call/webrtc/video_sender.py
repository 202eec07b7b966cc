"""Our RTP sender of video: keeps what it sent for whoever asks again, and follows the network."""

from collections.abc import Sequence

import attrs
from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from actors.call.port import Kind
from actors.call.video.rate import SendRate
from actors.call.video.sight import Sight
from actors.call.webrtc import rtp
from actors.call.webrtc.senders import RtpSender, Wire

HISTORY = 512
"""Packets kept for a second sending: three seconds at 1.5 Mbit/s."""


MEASURE_SECONDS = 0.4
"""Seconds over which it is measured what we send, at least."""


@attrs.frozen
class Sent:
    """A packet as it was sent."""

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


class VideoSender(RtpSender):
    """Sends one track of pictures to one participant."""

    def __init__(self, kind: Kind, transport: RTCDtlsTransport, wire: Wire, sight: Sight) -> None:
        super().__init__(kind, transport, wire)
        self.codec = ""
        self.rate = SendRate(sight.bitrate, sight.lowest_bitrate)
        self.key_wanted = True
        """Whether the far side needs a picture that needs no other; the track takes it down."""
        self.resent = 0
        self._measured = (0.0, 0)
        self._last_rate = 0.0
        self.keys_asked = 0
        self._history: list[Sent | None] = [None] * HISTORY
        self._rtx_payload_type: int | None = None
        self._rtx_sequence = self._sequence
        self._send_time = 0

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin: the connection stands and the far side takes this track."""
        await super().send(parameters)
        chosen = parameters.codecs[0]
        self.codec = chosen.name.lower()
        self._rtx_payload_type = next(
            (
                codec.payloadType
                for codec in parameters.codecs
                if codec.name.lower() == "rtx" and codec.parameters.get("apt") == self._payload_type
            ),
            None,
        )
        times = [e.id for e in parameters.headerExtensions if e.uri == rtp.SEND_TIME_URI]
        self._send_time = times[0] if times else 0
        self.key_wanted = True

    def send_part(
        self, payloads: Sequence[bytes], timestamp: int, at: float, *, last: bool
    ) -> None:
        """Send some packets of a picture; the `last` of them ends it."""
        for index, payload in enumerate(payloads):
            marker = last and index == len(payloads) - 1
            sequence = self._sequence
            self._stamp(at)
            self.send_packet(payload, timestamp, at, marker=marker)
            if self._sequence != sequence:
                sent = Sent(sequence, self.last_timestamp, marker, payload)
                self._history[sequence % HISTORY] = sent

    def resend(self, sequences: Sequence[int], at: float) -> None:
        """Send packets again that the far side misses (RFC 4585; RFC 4588 where it was agreed)."""
        self._stamp(at)
        for sequence in sequences:
            sent = self._history[sequence % HISTORY]
            if sent is None or sent.sequence != sequence or not self.live:
                continue
            self.resent += 1
            if self._rtx_payload_type is None:
                self._wire.send_rtp(self._packet(sent))
                continue
            self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
            again = rtp.serialize(
                self._rtx_payload_type,
                self._rtx_sequence,
                sent.timestamp,
                self._rtx_ssrc,
                sequence.to_bytes(2, "big") + sent.payload,
                marker=sent.marker,
                extensions=self._extensions,
            )
            self._wire.send_rtp(again)

    def want_key(self) -> None:
        """The far side has lost its way (PLI, FIR)."""
        self.key_wanted = True
        self.keys_asked += 1

    def estimated(self, bitrate: int, now: float) -> None:
        """Follow the far side's estimate of its network (REMB)."""
        self.rate.estimated(bitrate, self._sent_rate(now), now)

    def reported(self, loss: float, now: float) -> None:
        """Follow what the far side reports."""
        super().reported(loss, now)
        self.rate.report(loss, now)

    def _sent_rate(self, now: float) -> float:
        """Bit/s since the last estimate or so."""
        before, octets = self._measured
        if now - before < MEASURE_SECONDS:
            return self._last_rate
        self._measured = (now, self.octets)
        self._last_rate = 8 * (self.octets - octets) / (now - before)
        return self._last_rate

    def _packet(self, sent: Sent) -> bytes:
        return rtp.serialize(
            self._payload_type,
            sent.sequence,
            sent.timestamp,
            self.ssrc,
            sent.payload,
            marker=sent.marker,
            extensions=self._extensions,
        )

    def _stamp(self, at: float) -> None:
        """Write the moment of sending into the header: from it the far side sees queues grow."""
        values = {self._mid_extension: self._mid} if self._mid else {}
        if self._send_time:
            # Seconds in 24 bits, 18 of them behind the point.
            values[self._send_time] = (int(at * 2**18) & 0xFFFFFF).to_bytes(3, "big")
        self._extensions = rtp.extension_block(values)
