"""One connection's SRTP: datagrams to receivers, senders' packets to the network, reports."""

# pyright: reportPrivateUsage=false
# The keys and the chosen path are private to aiortc and aioice (test_aiortc_contract.py).
import asyncio
import random
import struct
import threading
import time
from collections.abc import Callable, Iterable
from typing import cast

import pylibsrtp
from aiortc import RTCDtlsTransport
from aiortc import rtp as rtcp
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

from actors.call.webrtc import reports, rtp
from actors.call.webrtc.datagrams import Post, call_here
from actors.call.webrtc.ice import IceConnection
from actors.call.webrtc.receivers import RtpReceiver
from actors.call.webrtc.senders import RtpSender
from actors.call.webrtc.video_sender import VideoSender

MALFORMED = (ValueError, struct.error, IndexError)
"""What parsers raise for bytes that are nothing."""


class MediaWire:
    """Media of one connection, both ways, without a task or a queue a packet.

    It lives on the loop's thread; `on_media` may be called from any.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Taken once, so that a machine that sets its clock shifts no round-trip time.
        self._epoch = time.time() - clock()
        self._ice: IceConnection | None = None
        self._dtls: RTCDtlsTransport | None = None
        self._senders: dict[int, RtpSender] = {}
        self._receivers: list[RtpReceiver] = []
        self._routes: dict[int, RtpReceiver] = {}
        self._taking = threading.Lock()
        self._mid_extension = 0
        self._reports: asyncio.Task[None] | None = None
        self.heard: float | None = None
        self.packets_sent = self.bytes_sent = 0
        self.packets_received = self.bytes_received = 0
        self.discarded = 0

    def attach(self, ice: IceConnection, dtls: RTCDtlsTransport) -> None:
        """Say where datagrams go, and which transport holds the keys once it has shaken hands."""
        self._ice = ice
        self._dtls = dtls

    @property
    def senders(self) -> Iterable[RtpSender]:
        """All that have begun and not ended."""
        return self._senders.values()

    @property
    def receivers(self) -> Iterable[RtpReceiver]:
        """All that have begun and not ended."""
        return self._receivers

    # Out

    def send_rtp(self, data: bytes) -> bool:
        """Encrypt and send a packet; False when there is no way yet, or no more."""
        session = self._dtls._tx_srtp if self._dtls is not None else None
        return session is not None and self._transmit(session.protect(data))

    def send_rtcp(self, packets: Iterable[object]) -> bool:
        session = self._dtls._tx_srtp if self._dtls is not None else None
        data = b"".join(bytes(cast(bytes, packet)) for packet in packets)
        return session is not None and self._transmit(session.protect_rtcp(data))

    def _transmit(self, data: bytes) -> bool:
        pair = self._ice._nominated.get(1) if self._ice else None
        if pair is None:
            return False
        pair.protocol.transport.sendto(data, pair.remote_addr)
        self.packets_sent += 1
        self.bytes_sent += len(data)
        return True

    # In

    def on_heard(self) -> None:
        self.heard = self._clock()

    def on_media(self, data: bytes, arrived: float | None = None, post: Post | None = None) -> None:
        """Take a datagram that is SRTP or SRTCP; it arrived now, unless a time is given.

        Given `post` this may be another thread than the loop's: then audio is taken here, and all
        else on the loop.
        """
        session = self._dtls._rx_srtp if self._dtls is not None else None
        if session is None:
            return  # before the handshake is done nobody can read it
        now = self._clock() if arrived is None else arrived
        try:
            with self._taking:
                if len(data) > 1 and 192 <= data[1] <= 223:  # RFC 5761, section 4
                    (post or call_here)(self._on_rtcp, session.unprotect_rtcp(data), now)
                elif not self._on_rtp(session.unprotect(data), now, post):
                    self.discarded += 1
        except (pylibsrtp.Error, *MALFORMED):
            self.discarded += 1
            return
        self.heard = now
        self.packets_received += 1
        self.bytes_received += len(data)

    def _on_rtp(self, data: bytes, now: float, post: Post | None) -> bool:
        packet = rtp.parse(data)
        if packet is None:
            return False
        receiver = self._routes.get(packet.ssrc) or self._route(packet)
        if receiver is None:
            return False
        if post is None or receiver.on_any_thread:
            return receiver.handle(packet, now)
        post(self._handle, receiver, packet, now)
        return True

    def _handle(self, receiver: RtpReceiver, packet: rtp.ParsedPacket, now: float) -> None:
        try:
            taken = receiver.handle(packet, now)
        except MALFORMED:
            taken = False
        if not taken:
            self.discarded += 1

    def _route(self, packet: rtp.ParsedPacket) -> RtpReceiver | None:
        """Find the section of an unknown source: by its mid, else by its payload type.

        See RFC 9143, section 9.2.
        """
        value = (
            rtp.extension_value(packet.extension, self._mid_extension)
            if self._mid_extension
            else None
        )
        fits = [r for r in tuple(self._receivers) if packet.payload_type in r.payload_types]
        if value is not None:
            fits = [r for r in fits if r.mid.encode() == value]
        if len(fits) != 1:
            return None
        self._routes[packet.ssrc] = fits[0]
        return fits[0]

    def _on_rtcp(self, data: bytes, now: float) -> None:
        try:
            self._take_reports(RtcpPacket.parse(data), now)
        except MALFORMED:
            self.discarded += 1

    def _take_reports(self, packets: Iterable[object], now: float) -> None:
        wall = self._epoch + now
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                receiver = self._routes.get(packet.ssrc)
                source = receiver.sources.get(packet.ssrc) if receiver is not None else None
                if source is not None:
                    reports.note_sender_report(source, packet, wall)
            if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
                for report in packet.reports:
                    if (sender := self._senders.get(report.ssrc)) is not None:
                        reports.note_receiver_report(sender, report, wall, now)
            elif isinstance(packet, RtcpByePacket):
                for source in packet.sources:
                    if (receiver := self._routes.get(source)) is not None:
                        receiver.bye()
            elif isinstance(packet, RtcpRtpfbPacket | RtcpPsfbPacket):
                self._on_feedback(packet)

    def _on_feedback(self, packet: RtcpRtpfbPacket | RtcpPsfbPacket) -> None:
        """Do what the far side asks of a track (RFC 4585, RFC 5104, REMB)."""
        match packet:
            case RtcpRtpfbPacket(fmt=rtcp.RTCP_RTPFB_NACK, media_ssrc=source):
                if isinstance(sender := self._senders.get(source), VideoSender):
                    sender.resend(packet.lost, self._clock())
            case RtcpPsfbPacket(fmt=rtcp.RTCP_PSFB_PLI, media_ssrc=source):
                if isinstance(sender := self._senders.get(source), VideoSender):
                    sender.want_key()
            case RtcpPsfbPacket(fmt=rtcp.RTCP_PSFB_FIR, fci=fci) if len(fci) >= 4:
                source = int.from_bytes(fci[:4], "big")
                if isinstance(sender := self._senders.get(source), VideoSender):
                    sender.want_key()
            case RtcpPsfbPacket(fmt=rtcp.RTCP_PSFB_APP, fci=fci):
                bitrate, sources = rtcp.unpack_remb_fci(fci)
                for sender in map(self._senders.get, sources):
                    if isinstance(sender, VideoSender):
                        sender.estimated(bitrate, self._clock())
            case _:
                pass

    # Who takes part

    def add_sender(self, sender: RtpSender) -> None:
        """Report for this sender from now on."""
        self._senders[sender.ssrc] = sender
        self._begin_reports()

    def remove_sender(self, sender: RtpSender) -> None:
        if self._senders.pop(sender.ssrc, None) is not None:
            self.send_rtcp([RtcpRrPacket(ssrc=sender.ssrc), RtcpByePacket(sources=[sender.ssrc])])

    def add_receiver(self, receiver: RtpReceiver, mid_extension: int) -> None:
        self._receivers.append(receiver)
        self._routes.update(dict.fromkeys(receiver.ssrcs, receiver))
        self._mid_extension = mid_extension or self._mid_extension
        self._begin_reports()

    def remove_receiver(self, receiver: RtpReceiver) -> None:
        self._receivers.remove(receiver)
        for source, found in list(self._routes.items()):
            if found is receiver:
                del self._routes[source]

    def forget(self, source: int) -> None:
        """Route this source no more; if it comes again, it is new."""
        self._routes.pop(source, None)

    def _begin_reports(self) -> None:
        if self._reports is None:
            self._reports = asyncio.ensure_future(self._report())

    async def _report(self) -> None:
        while True:
            # Spread so that many calls do not report in step (RFC 3550, section 6.2).
            await asyncio.sleep(random.uniform(0.5, 1.5))
            now = self._clock()
            senders = list(self._senders.values())
            self.send_rtcp(reports.compound(senders, self._receivers, now, self._epoch + now))

    async def close(self) -> None:
        """End the reports. Senders and receivers have ended before."""
        if self._reports is not None:
            self._reports.cancel()
            await asyncio.wait([self._reports])
