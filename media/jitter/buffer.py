"""The jitter buffer: packets in as they come, 20 ms of audio out whenever asked."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from media.audio_frame import Samples
from media.errors import OpusError
from media.jitter.decoder import Decoder
from media.jitter.packet import RtpPacket
from media.opus.decoder import OpusDecoder


@attrs.frozen
class JitterStatistics:
    """Counts since the beginning."""

    received: int
    late: int
    duplicate: int
    malformed: int
    concealed: int
    delay: float


class JitterBuffer:
    """Reorders, conceals a hole at once, and keeps 20 to 60 ms."""

    def __init__(
        self, *, sample_rate: int = 16000, channels: int = 1, decoder: Decoder | None = None
    ) -> None:
        self._decoder: Final = decoder or OpusDecoder(sample_rate, channels)
        self._tick: Final = sample_rate // 50
        self._silence: Final = np.zeros((self._tick, channels), np.int16)
        self._waiting: dict[int, tuple[RtpPacket, float]] = {}
        self._next: int | None = None
        self._pending = self._silence[:0]
        self._received = self._late = self._duplicate = self._malformed = self._concealed = 0
        self.delay = 0.0
        """Seconds between the arrival of the newest played packet and its play-out."""

    def push(self, packet: RtpPacket, now: float) -> None:
        """Take a packet that arrived at `now` (s)."""
        self._received += 1
        sequence = packet.sequence & 0xFFFF
        if self._next is not None:
            ahead = (sequence - self._next) & 0xFFFF
            if ahead >= 0x8000:
                self._late += 1
                return
        if sequence in self._waiting:
            self._duplicate += 1
            return
        self._waiting[sequence] = (packet, now)

    def pull(self, now: float) -> Samples:
        """Return the next 20 ms."""
        if self._next is None:
            if not self._waiting:
                return self._silence
            self._next = min(self._waiting)
        pending = [self._pending]
        count = len(self._pending)
        while count < self._tick:
            samples = self._one(now)
            pending.append(samples)
            count += len(samples)
        joined = np.concatenate(pending)
        self._pending = joined[self._tick :]
        return joined[: self._tick]

    def _one(self, now: float) -> Samples:
        assert self._next is not None
        if len(self._waiting) > 4:  # more than 60 ms wait: the oldest is too old
            self._next = self._oldest()
            self._waiting.pop(self._next)
            self._next = self._oldest()
        found = self._waiting.pop(self._next, None)
        try:
            if found is not None:
                self._next = (self._next + 1) & 0xFFFF
                self.delay = now - found[1]
                return self._decoder.decode(found[0].payload)
            self._concealed += 1
            if self._waiting:
                after = self._waiting.get((self._next + 1) & 0xFFFF)
                self._next = (self._next + 1) & 0xFFFF
                if after is not None:
                    return self._decoder.recover(after[0].payload, self._tick)
            return self._decoder.conceal(self._tick)
        except OpusError:
            self._malformed += 1
            return self._silence

    def _oldest(self) -> int:
        assert self._next is not None
        start = self._next
        return min(self._waiting, key=lambda sequence: (sequence - start) & 0xFFFF)

    def statistics(self) -> JitterStatistics:
        """Return the counts so far."""
        return JitterStatistics(
            self._received,
            self._late,
            self._duplicate,
            self._malformed,
            self._concealed,
            self.delay,
        )

    def close(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
