"""Sends video: keeps packets to send them again, and follows the rate of the network."""

from collections.abc import Sequence

import attrs
from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from actors.call.port import MediaKind
from actors.call.settings import VideoSettings
from actors.call.webrtc import rtp
from actors.call.webrtc.senders import PacketTransport, RtpSender

DECREASE_ABOVE, INCREASE_BELOW = 0.10, 0.02
"""Shares of lost packets: draft-ietf-rmcat-gcc-02, section 6."""

GROWTH = 1.08
"""Growth a second while little is lost (ibid.)."""

ROOM = 1.2
"""An estimate so many times what was sent says that there is room; at a queue that grows it falls
to 0.85 of what comes."""

LIMITED, FALL = 0.5, 0.9
"""Below this share of the target it is the picture that needs no more, and an estimate that is
still on its way up to what comes is no cap: only one that has fallen is."""

ESTIMATE_HOLDS = 5.0
"""Seconds for which a receiver's estimate (REMB) counts."""


class SendRate:
    """The rate for one receiver of one track, in bit/s.

    Loss-based control of draft-ietf-rmcat-gcc-02, section 6, below what the receiver estimates
    (draft-alvestrand-rmcat-remb). Times are in seconds on any steady clock.
    """

    def __init__(self, highest: int, lowest: int) -> None:
        self._highest = highest
        self._lowest = lowest
        self._by_loss = float(max(lowest, highest // 3))
        self._estimate: tuple[int, float] | None = None
        self._reported: float | None = None

    def report(self, loss: float, now: float) -> None:
        """Take a receiver report: the share (0 to 1) of packets lost since the last."""
        passed = 1.0 if self._reported is None else min(2.0, now - self._reported)
        self._reported = now
        if loss > DECREASE_ABOVE:
            self._by_loss *= 1 - 0.5 * loss
        elif loss < INCREASE_BELOW:
            self._by_loss = self._by_loss * GROWTH**passed + 1000
        self._by_loss = min(float(self._highest), max(float(self._lowest), self._by_loss))

    def estimated(self, bitrate: int, sent: float, now: float) -> None:
        """Take a receiver's own estimate of what its network carries.

        An estimate never goes far beyond what came: of a still picture it is low although the
        network is fine. So it only counts where it is near or below what was `sent` (bit/s).
        """
        near = FALL if sent < LIMITED * self.target(now) else ROOM
        self._estimate = (bitrate, now) if bitrate < near * sent else None

    def target(self, now: float) -> int:
        target = self._by_loss
        if self._estimate is not None and now - self._estimate[1] <= ESTIMATE_HOLDS:
            target = min(target, float(self._estimate[0]))
        return int(min(self._highest, max(self._lowest, target)))


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

    def __init__(
        self,
        kind: MediaKind,
        transport: RTCDtlsTransport,
        wire: PacketTransport,
        video_settings: VideoSettings,
    ) -> None:
        super().__init__(kind, transport, wire)
        self.codec = ""
        self.rate = SendRate(video_settings.bitrate, video_settings.lowest_bitrate)
        self.key_wanted = True
        """Whether the far side needs a picture that needs no other; the track takes it down."""
        self.resent = 0
        self._measured = (0.0, 0)
        self._last_rate = 0.0
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
            payload_type, number = self._payload_type, sequence
            source, payload = self.ssrc, sent.payload
            if self._rtx_payload_type is not None:
                self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
                payload_type, number = self._rtx_payload_type, self._rtx_sequence
                source, payload = self._rtx_ssrc, sequence.to_bytes(2, "big") + sent.payload
            again = rtp.serialize(
                payload_type,
                number,
                sent.timestamp,
                source,
                payload,
                marker=sent.marker,
                extensions=self._extensions,
            )
            self._wire.send_rtp(again)

    def want_key(self) -> None:
        """The far side has lost its way (PLI, FIR)."""
        self.key_wanted = True

    def estimated(self, bitrate: int, now: float) -> None:
        """Follow the far side's estimate of its network (REMB)."""
        self.rate.estimated(bitrate, self._sent_rate(now), now)

    def reported(self, loss: float, now: float) -> None:
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

    def _stamp(self, at: float) -> None:
        """Write the moment of sending into the header: from it the far side sees queues grow."""
        values = {self._mid_extension: self._mid} if self._mid else {}
        if self._send_time:
            # Seconds in 24 bits, 18 of them behind the point.
            values[self._send_time] = (int(at * 2**18) & 0xFFFFFF).to_bytes(3, "big")
        self._extensions = rtp.extension_block(values)
