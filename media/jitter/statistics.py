"""Statistics of a jitter buffer: concealment in RFC 7294's terms, and WebRTC's sums."""

from __future__ import annotations

from typing import Final

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


_SEVERE: Final = 0.05
"""The share of a second's audio that makes it severely concealed (RFC 7294 §4.1's usual 50 ms)."""


class PlayoutMetrics:
    """Sums over everything played, in samples per channel unless said otherwise.

    A second is concealed when any of it stood for loss, as judged when it was played. Whether
    concealment replaced lost audio, or only moved audio that was late, shows when the next packet
    comes: `loss` and `adjustment` are moved then.
    """

    def __init__(self, sample_rate: int) -> None:
        self._second: Final = sample_rate
        self._in_second = self._concealed_in_second = 0
        self._concealing = False
        self.played = 0
        self.loss = 0
        self.adjustment = 0
        self.comfort_noise = 0
        self.recovered = 0
        self.silent = 0
        self.inserted = 0
        self.removed = 0
        self.interruptions = 0
        self.unimpaired_seconds = self.concealed_seconds = self.severely_concealed_seconds = 0

    def conceal(self, samples: int) -> None:
        """Count samples made up in place of missing ones."""
        self.loss += samples
        self._concealed_in_second += samples
        if not self._concealing:
            self._concealing = True
            self.interruptions += 1

    def resume(self, late: int = 0) -> None:
        """Count real audio after concealment, `late` samples of which only filled a delay."""
        self._concealing = False
        if late:
            self.loss -= late
            self.adjustment += late

    def silence(self, samples: int) -> None:
        """Count digital silence before there is anything to play."""
        self.silent += samples
        self.play(samples)

    def play(self, samples: int) -> None:
        """Count samples handed out, of any origin."""
        self.played += samples
        self._in_second += samples
        if self._in_second >= self._second:
            self._in_second -= self._second
            concealed, self._concealed_in_second = self._concealed_in_second, 0
            if not concealed:
                self.unimpaired_seconds += 1
                return
            self.concealed_seconds += 1
            self.severely_concealed_seconds += concealed > _SEVERE * self._second
