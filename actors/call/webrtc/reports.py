"""Sender and receiver reports (RFC 3550, section 6.4): what is sent, what is learned."""

from collections.abc import Sequence

from aiortc.rtp import (
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from actors.call.webrtc.receivers import RtpReceiver, SourceReception
from actors.call.webrtc.senders import RtpSender

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, where NTP begins to count, to 1970."""

MAX_BLOCKS = 31
"""Report blocks that one packet holds: their count has five bits."""

SMOOTHING = 0.15
"""Weight of a new round-trip time."""


def ntp(seconds: float) -> int:
    """A second since 1970 as an NTP time stamp of 64 bits."""
    return int((seconds + NTP_EPOCH) * 2**32)


def note_sender_report(source: SourceReception, packet: RtcpSrPacket, now: float) -> None:
    """Keep the far side's report on one of its sources: our next report echoes it."""
    source.report = (packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF, now)


def note_receiver_report(
    sender: RtpSender, block: RtcpReceiverInfo, now: float, heard: float
) -> None:
    """Learn from the far side's report on one of our senders, `heard` on Trio's clock."""
    sender.reported(block.fraction_lost / 256, heard)
    if not block.lsr:
        return
    away = ((ntp(now) >> 16) - block.lsr - block.dlsr) & 0xFFFFFFFF
    if away >= 0x80000000:  # clocks of half a second's rounding
        return
    sample = away / 65536
    before = sender.round_trip
    sender.round_trip = sample if before is None else before + SMOOTHING * (sample - before)


def compound(
    senders: Sequence[RtpSender],
    receivers: Sequence[RtpReceiver],
    now: float,
    wall: float,
) -> list[object]:
    """The packets of one report: a sender report each, all blocks in the first, and names.

    `now` is on the clock of the senders, `wall` the same moment in seconds since 1970.
    """
    blocks = [
        _block(ssrc, source, wall)
        for receiver in receivers
        for ssrc, source in list(receiver.sources.items())
    ][:MAX_BLOCKS]
    if not senders:
        return [RtcpRrPacket(ssrc=1, reports=blocks)]
    packets: list[object] = []
    for sender in senders:
        packets.append(
            RtcpSrPacket(ssrc=sender.ssrc, sender_info=_info(sender, now, wall), reports=blocks)
        )
        blocks = []
    chunks = [RtcpSourceInfo(s.ssrc, [(1, s.cname.encode())]) for s in senders if s.cname]
    if chunks:
        packets.append(RtcpSdesPacket(chunks=chunks))
    return packets


def _block(ssrc: int, source: SourceReception, wall: float) -> RtcpReceiverInfo:
    echoed, came = source.report or (0, wall)
    return RtcpReceiverInfo(
        ssrc=ssrc,
        fraction_lost=source.fraction_lost(),
        packets_lost=max(-(1 << 23), min(source.lost, (1 << 23) - 1)),
        highest_sequence=source.highest & 0xFFFFFFFF,
        jitter=min(int(source.jitter), 0xFFFFFFFF),
        lsr=echoed,
        dlsr=min(int((wall - came) * 65536), 0xFFFFFFFF),
    )


def _info(sender: RtpSender, now: float, wall: float) -> RtcpSenderInfo:
    # The time stamp that a packet sent at this very moment would have.
    ahead = int((now - sender.last_sent) * sender.clock_rate) if sender.packets else 0
    return RtcpSenderInfo(
        ntp_timestamp=ntp(wall),
        rtp_timestamp=(sender.last_timestamp + ahead) & 0xFFFFFFFF,
        packet_count=sender.packets & 0xFFFFFFFF,
        octet_count=sender.octets & 0xFFFFFFFF,
    )
