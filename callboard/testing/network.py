"""A seeded lossy network: when a packet that is sent now arrives, or that it never does."""

import random

import attrs
from attrs.validators import ge, le


def _outages_are_spans(
    _instance: object, _field: object, outages: tuple[tuple[float, float], ...]
) -> None:
    for start, end in outages:
        if not 0 <= start < end:
            raise ValueError(
                f"an outage is (start, end) in seconds of the call with start < end; "
                f"({start}, {end}) is not"
            )


@attrs.frozen
class Network:
    """What packets meet on their way, both ways.

    Attributes:
        loss: share of packets that are lost, 0 to 1.
        burst: mean number of packets lost in a row (1: each is lost on its own). The model is
            Gilbert's, of two states.
        delay: seconds that each packet takes.
        jitter: up to so many seconds more, evenly spread; packets may overtake each other.
        outages: spans of the call, (start, end) in seconds, in which nothing arrives.
    """

    loss: float = attrs.field(default=0.0, validator=[ge(0), le(1)])
    burst: float = attrs.field(default=1.0, validator=ge(1))
    delay: float = attrs.field(default=0.0, validator=ge(0))
    jitter: float = attrs.field(default=0.0, validator=ge(0))
    outages: tuple[tuple[float, float], ...] = attrs.field(default=(), validator=_outages_are_spans)

    @property
    def perfect(self) -> bool:
        """Whether every packet arrives at the moment when it is sent."""
        return self == Network()


class Route:
    """One direction between two ends, with its own random numbers."""

    def __init__(self, network: Network, seed: str) -> None:
        self.network = network
        self._random = random.Random(seed)
        self._losing = False

    def arrival(self, sent: float) -> float | None:
        """When a packet sent at `sent` (seconds) arrives; None if it is lost."""
        network = self.network
        lost = self._is_lost(network)
        late = self._random.uniform(0, network.jitter) if network.jitter else 0.0
        if lost or any(start <= sent < end for start, end in network.outages):
            return None
        return sent + network.delay + late

    def _is_lost(self, network: Network) -> bool:
        if not network.loss:
            return False
        if network.loss == 1 or network.burst == 1:
            return self._random.random() < network.loss
        if self._losing:
            self._losing = self._random.random() >= 1 / network.burst
        else:
            enter = min(1.0, network.loss / (network.burst * (1 - network.loss)))
            self._losing = self._random.random() < enter
        return self._losing
