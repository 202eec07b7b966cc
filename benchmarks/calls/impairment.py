"""What a bad network does to media both ways, in the far side: loss in bursts, delay, jitter."""

from __future__ import annotations

import random

import attrs


@attrs.frozen
class Impairment:
    """`loss` of the packets, in bursts of `burst`; `delay` and up to `jitter` seconds each way."""

    loss: float = 0.0
    burst: float = 1.0
    delay: float = 0.0
    jitter: float = 0.0


class Way:
    """One direction: how long a packet takes, or None when it is lost (Gilbert's model)."""

    def __init__(self, network: Impairment, seed: int) -> None:
        self._network = network
        self._random = random.Random(seed)
        self._losing = False

    def transit(self) -> float | None:
        network = self._network
        if self._losing:
            self._losing = self._random.random() >= 1 / network.burst
        elif network.loss:
            enter = network.loss / (network.burst * (1 - network.loss))
            self._losing = self._random.random() < enter
        late = self._random.uniform(0, network.jitter)
        return None if self._losing else network.delay + late
