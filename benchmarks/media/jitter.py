"""Jitter buffer, beside aiortc's on the same packets of real Opus speech."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.media.networks import NETWORKS, Network
from benchmarks.media.recordings import encode, speech
from benchmarks.media.replay import Instant, Played, aiortc_cost, aiortcs, our_cost, ours
from benchmarks.media.table import Row

SECONDS = 40.0
PHASES = 5
"""How the 20 ms beat lies to the sender's decides up to 20 ms: all of them count."""

DELAY_LIMITS = {"clean": 20, "5 % loss": 45}


def rows() -> Iterator[Row]:
    payloads = encode(speech(SECONDS))
    for network in NETWORKS:
        yield from _network(network, payloads)
    yield from _cost(payloads)


def _network(network: Network, payloads: list[bytes]) -> Iterator[Row]:
    mine: list[Played] = []
    theirs: list[Played] = []
    for index in range(PHASES):
        packets = network.carry(payloads, seed=index)
        mine.append(ours(packets, SECONDS, 0.02 * (index + 0.5) / PHASES))
        theirs.append(aiortcs(packets, SECONDS))
    name = network.name
    yield Row(
        f"{name}: delay p50",
        _median(mine),
        "ms",
        "aiortc",
        _median(theirs),
        DELAY_LIMITS.get(name),
    )
    yield Row(f"{name}: empty slots", _empty(mine), "%", "aiortc", _empty(theirs), 0)
    statistics = [played.statistics for played in mine if played.statistics]
    if "jitter" in name or "drift" in name:
        made = sum(s.loss_concealment + s.adjustment_concealment for s in statistics)
        share = 100 * made / sum(s.played for s in statistics)
        yield Row(f"{name}: concealed", share, "%", limit=1)
    if "loss" in name:
        dropped = sum(s.late + s.discarded for s in statistics)
        yield Row(f"{name}: packets lost to the buffer", dropped, "", limit=0)
        yield Row(f"{name}: delay at the end", _at_end(mine), "ms", "aiortc", _at_end(theirs))
    if network.outage:
        recovered = max(_recovery(played, network.outage) for played in mine)
        peer = max(_recovery(played, network.outage) for played in theirs)
        yield Row(f"{name}: delay back after", recovered, "s", "aiortc", peer, 1.0)


def _median(runs: list[Played]) -> float:
    return float(np.median(np.concatenate([played.delays for played in runs]))) * 1e3


def _empty(runs: list[Played]) -> float:
    return 100 * float(np.mean([played.empty for played in runs]))


def _at_end(runs: list[Played]) -> float:
    return float(np.mean([np.median(played.delays[-100:]) for played in runs])) * 1e3


def _recovery(played: Played, outage: tuple[float, float]) -> float:
    """Return seconds from the end of an outage until the delay is within 20 ms of before."""
    before = np.median(played.delays[played.times < outage[0]])
    after = played.times > outage[1]
    high = played.times[after][played.delays[after] > before + 0.02]
    return max(0.0, float(high.max()) - outage[1] - 0.04) if len(high) else 0.0


def _cost(payloads: list[bytes]) -> Iterator[Row]:
    for network in (NETWORKS[0], NETWORKS[2], NETWORKS[7]):
        packets = network.carry(payloads, seed=1)
        mine = [our_cost(packets, SECONDS, Instant()) for _ in range(5)]
        theirs = [aiortc_cost(packets, SECONDS) for _ in range(5)]
        yield Row(
            f"{network.name}: CPU a packet, no decoding",
            min(mine),
            "µs",
            "aiortc",
            min(theirs),
            12,
        )
