"""What a jitter buffer tells about itself."""

from __future__ import annotations

import attrs


@attrs.frozen
class JitterStatistics:
    """Counts since the beginning; times in seconds.

    Terms: RFC 3550 (expected, lost, jitter), RFC 7002 (discarded), RFC 7294 (concealment).
    """

    expected: int
    """Packets sent to us, judged by sequence numbers."""
    received: int
    """Packets that came, duplicates included."""
    lost: int
    """Expected less received; negative where duplicates outweigh losses."""
    duplicate: int
    """Packets dropped because their like had come before, whatever became of it."""
    late: int
    """Packets dropped because their time had passed."""
    discarded: int
    """Packets dropped to catch up after a stall, or because nobody pulled."""
    malformed: int
    """Packets that the decoder refused."""
    copies: int
    """Earlier packets that came along with later ones, in case they were lost (RFC 2198)."""
    restored: int
    """Of them, those that stood in for a lost packet; it counts as lost all the same."""
    stray: int
    """Packets that fitted no stream: one such is dropped, two in a row start a stream."""
    restarts: int
    """How often the source changed, or jumped."""

    jitter: float
    """RFC 3550's interarrival jitter."""
    loss: float
    """The recent share of lost packets, 0 to 1."""

    played: float
    """Audio handed out."""
    on_time: float
    """Of it, what was decoded from packets."""
    loss_concealment: float
    """Made up for audio that never came, or came too late."""
    adjustment_concealment: float
    """Made up while waiting for audio that was then played after all."""
    recovered: float
    """Restored from a later packet's redundancy, in-band or a copy; no concealment."""
    comfort_noise: float
    """Background noise while the sender deliberately sent nothing."""
    silence: float
    """Digital silence before the first packet."""
    inserted: float
    """Added by playing slower."""
    removed: float
    """Saved by playing faster."""
    interruptions: int
    """How often concealment began."""
    unimpaired_seconds: int
    concealed_seconds: int
    severely_concealed_seconds: int
    """Seconds with more than 50 ms of loss concealment; a share of the concealed ones."""

    delay: float
    """Between a packet's arrival and its play-out, smoothed over about a second."""
    delay_total: float
    """The sum of that over all packets played (WebRTC's `jitterBufferDelay`)."""
    packets_played: int
    """How many those are (WebRTC counts samples in `jitterBufferEmittedCount`)."""
    target_delay: float
    """What the network is judged to need."""
    waiting: int
    """Packets in the buffer now."""
