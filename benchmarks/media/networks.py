"""Networks that lose, delay and reorder packets, the same way for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

import attrs

from media.jitter import RtpPacket

PACKET = 0.02


@attrs.frozen
class Network:
    """How packets fare. Times in seconds; `burst` is the mean number lost in a row.

    Each packet brings copies of those that were sent so many before it (`copies`, farthest first).
    """

    name: str
    loss: float = 0.0
    burst: float = 1.0
    jitter: float = 0.0
    gaussian: bool = False
    outage: tuple[float, float] | None = None
    outage_delays: bool = False
    drift_ppm: float = 0.0
    ordered: bool = False
    copies: tuple[int, ...] = ()

    def carry(self, payloads: Sequence[bytes], seed: int) -> list[tuple[float, RtpPacket]]:
        """Return (arrival, packet) in order of arrival; the first is sent at 0, 40 ms away."""
        chance = random.Random(seed)
        out: list[tuple[float, RtpPacket]] = []
        lost = False
        previous = 0.0
        for index, payload in enumerate(payloads):
            sent = index * PACKET * (1 + self.drift_ppm * 1e-6)
            lost = self._is_lost(lost, chance)
            arrival = sent + 0.04 + self._jitter(chance)
            if self.outage and self.outage[0] <= sent < self.outage[1]:
                if not self.outage_delays:
                    continue
                arrival = max(arrival, self.outage[1] + 0.04 + chance.random() * 0.02)
            if lost:
                continue
            if self.ordered:
                arrival = previous = max(arrival, previous)
            packet = _packet(index, payload)
            packet.copies = [
                _packet(index - d, payloads[index - d]) for d in self.copies if d <= index
            ]
            out.append((arrival, packet))
        out.sort(key=lambda pair: pair[0])
        return out

    def _is_lost(self, before: bool, chance: random.Random) -> bool:
        """Gilbert's two-state model: the same mean loss whatever the length of bursts."""
        if not self.loss:
            return False
        if before:
            return chance.random() >= 1 / self.burst
        return chance.random() < self.loss / (self.burst * (1 - self.loss))

    def _jitter(self, chance: random.Random) -> float:
        if self.gaussian:
            return abs(chance.gauss(0, self.jitter))
        return chance.random() * self.jitter


def _packet(index: int, payload: bytes) -> RtpPacket:
    return RtpPacket((index + 65000) & 0xFFFF, (index * 960 + 0xFFFF0000) & 0xFFFFFFFF, payload, 7)


NETWORKS = (
    Network("clean", jitter=0.001),
    Network("1 % loss", loss=0.01, jitter=0.002),
    Network("5 % loss", loss=0.05, jitter=0.002),
    Network("10 % loss", loss=0.10, jitter=0.002),
    Network("5 % loss in bursts of 3", loss=0.05, burst=3, jitter=0.002),
    Network("5 % loss in bursts of 3, copies", loss=0.05, burst=3, jitter=0.002, copies=(4, 2)),
    Network("10 % loss in bursts of 3", loss=0.10, burst=3, jitter=0.002),
    Network("30 ms jitter", jitter=0.030),
    Network("30 ms gaussian jitter", jitter=0.030, gaussian=True),
    Network("60 ms jitter", jitter=0.060),
    Network("1 s outage, lost", outage=(10.0, 11.0), jitter=0.001),
    Network("1 s outage, late", outage=(10.0, 11.0), outage_delays=True, ordered=True),
    Network("drift +200 ppm", drift_ppm=200, jitter=0.002),
    Network("drift -200 ppm", drift_ppm=-200, jitter=0.002),
)
