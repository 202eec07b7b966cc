"""The same packets through our jitter buffer and through aiortc's."""

from __future__ import annotations

import time
from collections.abc import Sequence

import attrs
import numpy as np
from aiortc.jitterbuffer import JitterBuffer as AiortcBuffer
from aiortc.rtp import RtpPacket as AiortcPacket
from numpy.typing import NDArray

from media import Samples
from media.jitter import Decoder, JitterBuffer, JitterStatistics, RtpPacket
from media.opus import OpusDecoder

Delivery = Sequence[tuple[float, RtpPacket]]
TICK = 0.02


@attrs.frozen
class Played:
    """What came out: when each packet was played and how long it had waited (s), the audio."""

    times: NDArray[np.float64]
    delays: NDArray[np.float64]
    samples: Samples
    empty: float
    """The share of 20 ms slots with nothing but zeros in them."""
    statistics: JitterStatistics | None = None

    @property
    def median_ms(self) -> float:
        return float(np.median(self.delays)) * 1e3


def ours(packets: Delivery, seconds: float, phase: float) -> Played:
    """Pull every 20 ms, `phase` seconds after the packets' own beat."""
    buffer = JitterBuffer()
    times: list[float] = []
    delays: list[float] = []
    out: list[Samples] = []
    before = buffer.statistics()
    arrived = 0
    now = 0.04 + phase
    while now < seconds + 0.04 + phase:
        while arrived < len(packets) and packets[arrived][0] <= now:
            buffer.push(packets[arrived][1], packets[arrived][0])
            arrived += 1
        out.append(buffer.pull(now))
        after = buffer.statistics()
        if count := after.packets_played - before.packets_played:
            times.append(now)
            delays.append((after.delay_total - before.delay_total) / count)
        before = after
        now += TICK
    buffer.close()
    empty = sum(not piece.any() for piece in out[round((times[0] - 0.04 - phase) / TICK) :])
    return Played(np.array(times), np.array(delays), np.concatenate(out), empty / len(out), before)


def aiortcs(packets: Delivery, seconds: float) -> Played:
    """Take each frame when aiortc's buffer lets go of it; lay it where its time stamp says."""
    buffer = AiortcBuffer(capacity=16, prefetch=4)
    arrivals: dict[int, float] = {}
    times: list[float] = []
    delays: list[float] = []
    slots: dict[int, Samples] = {}
    first = packets[0][1].timestamp
    with OpusDecoder() as decoder:
        for arrival, packet in packets:
            arrivals.setdefault(packet.timestamp, arrival)
            _, frame = buffer.add(_as_aiortc(packet))
            if frame is not None:
                times.append(arrival)
                delays.append(arrival - arrivals[frame.timestamp])
                slots[((frame.timestamp - first) & 0xFFFFFFFF) // 960] = decoder.decode(frame.data)
    count = int(seconds / TICK)
    silence = np.zeros((320, 1), np.int16)
    samples = np.concatenate([slots.get(slot, silence) for slot in range(count)])
    # The last packets are still held when the stream ends; they are not counted as empty.
    empty = 1 - len(slots) / (max(slots) + 1)
    return Played(np.array(times), np.array(delays), samples, empty)


def _as_aiortc(packet: RtpPacket) -> AiortcPacket:
    other = AiortcPacket(
        sequence_number=packet.sequence, timestamp=packet.timestamp, payload=packet.payload
    )
    # What its receiver sets after depayloading, undeclared.
    other._data = packet.payload  # pyright: ignore[reportAttributeAccessIssue]
    return other


class Instant:
    """A decoder that costs nothing, to measure the buffer alone."""

    sample_rate = 16000
    channels = 1
    clock_rate = 48000

    def __init__(self) -> None:
        self._samples = np.zeros((320, 1), np.int16)

    def duration(self, payload: bytes) -> int:
        return 960

    def decode(self, payload: bytes) -> Samples:
        return self._samples

    def conceal(self, samples: int) -> Samples:
        return self._samples[:samples]

    def has_fec(self, payload: bytes) -> bool:
        return True

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        return self._samples[:samples]

    def is_silence(self, payload: bytes) -> bool:
        return False

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def our_cost(packets: Delivery, seconds: float, decoder: Decoder) -> float:
    """Return µs of this thread a packet sent, without decoding."""
    buffer = JitterBuffer(decoder=decoder)
    arrived, now, count = 0, 0.051, len(packets)
    began = time.thread_time()
    while now < seconds:
        while arrived < count and packets[arrived][0] <= now:
            arrival, packet = packets[arrived]
            buffer.push(packet, arrival)
            arrived += 1
        buffer.pull(now)
        now += TICK
    return (time.thread_time() - began) / (seconds / TICK) * 1e6


def aiortc_cost(packets: Delivery, seconds: float) -> float:
    """Return µs of this thread a packet sent, without decoding."""
    converted = [_as_aiortc(packet) for _, packet in packets]
    buffer = AiortcBuffer(capacity=16, prefetch=4)
    began = time.thread_time()
    for packet in converted:
        buffer.add(packet)
    return (time.thread_time() - began) / (seconds / TICK) * 1e6
