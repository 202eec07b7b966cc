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

MAX_MEMORY = 64
"""Sources whose last report is remembered."""

SMOOTHING = 0.15
"""Weight of a new round-trip time."""


def ntp(seconds: float) -> int:
    """A second since 1970 as an NTP time stamp of 64 bits."""
    return int((seconds + NTP_EPOCH) * 2**32)


class ReportMemory:
    """When the far side last reported on what it sends; our next report echoes it."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, float]] = {}

    def sender_report(self, packet: RtcpSrPacket, now: float) -> None:
        """Note the far side's report on one of its sources."""
        if packet.ssrc not in self._last and len(self._last) >= MAX_MEMORY:
            del self._last[next(iter(self._last))]
        middle = packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF
        self._last[packet.ssrc] = (middle, now)

    def forget(self, ssrc: int) -> None:
        self._last.pop(ssrc, None)

    def echo(self, ssrc: int, now: float) -> tuple[int, int]:
        """The last report's middle time stamp and how long ago it came, in 1/65536 s."""
        if ssrc not in self._last:
            return 0, 0
        middle, came = self._last[ssrc]
        return middle, min(int((now - came) * 65536), 0xFFFFFFFF)

    def receiver_report(
        self, sender: RtpSender, block: RtcpReceiverInfo, now: float, heard: float
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
    memory: ReportMemory,
    now: float,
    wall: float,
) -> list[object]:
    """The packets of one report: a sender report each, all blocks in the first, and names.

    `now` is on the clock of the senders, `wall` the same moment in seconds since 1970.
    """
    blocks = [
        _block(ssrc, source, memory, wall)
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


def _block(
    ssrc: int, source: SourceReception, memory: ReportMemory, wall: float
) -> RtcpReceiverInfo:
    echoed, delay = memory.echo(ssrc, wall)
    return RtcpReceiverInfo(
        ssrc=ssrc,
        fraction_lost=source.fraction_lost(),
        packets_lost=max(-(1 << 23), min(source.lost, (1 << 23) - 1)),
        highest_sequence=source.highest & 0xFFFFFFFF,
        jitter=min(int(source.jitter), 0xFFFFFFFF),
        lsr=echoed,
        dlsr=delay,
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
