"""Packets on their way to a jitter buffer, and what comes out of it, all in counted time."""

from __future__ import annotations

import random
from collections.abc import Sequence

import attrs
import numpy as np
from hypothesis import Phase, settings

from media import Samples
from media.jitter import JitterBuffer, JitterStatistics, RtpPacket
from media.l16 import L16Decoder

RATE = 16000
TICK = 320
PACKET = 0.02
unshrunk = settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""Speech through a buffer takes 10 ms an example: shrinking one would take minutes."""

Delivery = list[tuple[float, RtpPacket]]


def voice(seconds: float, seed: int = 1) -> Samples:
    """Return something like vowels: 120-180 Hz with overtones, getting louder and softer."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 150 + 30 * np.sin(2 * np.pi * 0.7 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(k * phase + k) / k for k in range(1, 8))
    loud = (0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)) * np.minimum(1, time / 0.05)
    return np.rint(6000 * loud * tone).astype(np.int16)[:, None]


def counter(seconds: float) -> Samples:
    """Return samples that tell their own place: 1, 2, 3 ... (below 32768)."""
    return (np.arange(round(seconds * RATE)) % 30000 + 1).astype(np.int16)[:, None]


def packets(
    samples: Samples, *, sequence: int = 100, timestamp: int = 5000, ssrc: int = 7
) -> list[RtpPacket]:
    """Cut samples into L16 packets of 20 ms, numbered and stamped with their wraps."""
    return [
        RtpPacket(
            (sequence + i) & 0xFFFF,
            (timestamp + i * TICK) & 0xFFFFFFFF,
            samples[i * TICK : (i + 1) * TICK].tobytes(),
            ssrc,
        )
        for i in range(len(samples) // TICK)
    ]


def delivered(
    stream: Sequence[RtpPacket], *, after: float = 0.04, every: float = PACKET, start: float = 0.0
) -> Delivery:
    """Let each packet arrive `after` seconds after it was sent."""
    return [(start + i * every + after, packet) for i, packet in enumerate(stream)]


@attrs.frozen
class Heard:
    """What `listen` got: one array a pull, how long its packets had waited, the buffer at last."""

    pulls: list[Samples]
    delays: list[tuple[float, float]]
    """(time of the pull, seconds from arrival to play-out), one a packet or more."""
    buffer: JitterBuffer

    @property
    def audio(self) -> Samples:
        return np.concatenate(self.pulls)

    @property
    def statistics(self) -> JitterStatistics:
        return self.buffer.statistics()

    def delay(self, begin: float, end: float) -> float:
        """Return the median delay (s) of what was played from `begin` to `end`."""
        return float(np.median([delay for time, delay in self.delays if begin <= time < end]))


def listen(
    delivery: Delivery,
    seconds: float,
    *,
    phase: float = 0.05,
    buffer: JitterBuffer | None = None,
) -> Heard:
    """Push each packet when it arrives; pull every 20 ms, first at `phase`."""
    buffer = buffer or JitterBuffer(decoder=L16Decoder(RATE))
    rest = sorted(delivery, key=lambda pair: pair[0])[::-1]
    pulls: list[Samples] = []
    delays: list[tuple[float, float]] = []
    before = buffer.statistics()
    for tick in range(round(seconds / PACKET)):
        now = phase + tick * PACKET
        while rest and rest[-1][0] <= now:
            arrival, packet = rest.pop()
            buffer.push(packet, arrival)
        pulls.append(buffer.pull(now))
        after = buffer.statistics()
        if played := after.packets_played - before.packets_played:
            delays.append((now, (after.delay_total - before.delay_total) / played))
        before = after
    return Heard(pulls, delays, buffer)


def lossy(delivery: Delivery, loss: float, jitter: float, seed: int) -> Delivery:
    """Lose a share of the packets, and delay each by up to `jitter` seconds more."""
    chance = random.Random(seed)
    return [
        (arrival + chance.random() * jitter, packet)
        for arrival, packet in delivery
        if chance.random() >= loss
    ]
