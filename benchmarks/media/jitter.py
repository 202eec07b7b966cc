"""Jitter buffer, beside aiortc's on the same packets of real Opus speech."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.media.networks import NETWORKS, Network
from benchmarks.media.recordings import encode, speech
from benchmarks.media.replay import (
    TICK,
    Delivery,
    Instant,
    Played,
    aiortc_cost,
    aiortcs,
    our_cost,
    ours,
)
from benchmarks.media.table import Row
from media import Samples
from media.jitter import JitterBuffer
from media.opus import OpusDecoder, OpusEncoder

SECONDS = 40.0
PHASES = 5
"""How the 20 ms beat lies to the sender's decides up to 20 ms: all of them count."""

DELAY_LIMITS = {"clean": 20, "5 % loss": 45}


def rows() -> Iterator[Row]:
    payloads = encode(speech(SECONDS))
    for network in NETWORKS:
        yield from _network(network, payloads)
    yield from _cost(payloads)
    yield from _clicks()


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


TONE_SECONDS = 10.0
TONE_RATE = 48000
SEEDS = range(1, 21)


class _Noting(OpusDecoder):
    """A decoder that keeps what it was given."""

    def __init__(self) -> None:
        super().__init__(TONE_RATE)
        self.given: set[int] = set()

    def decode(self, payload: bytes) -> Samples:
        self.given.add(id(payload))
        return super().decode(payload)


def _clicks() -> Iterator[Row]:
    """Compare the largest step in a tone with libopus's own, at the seed where ours is worst."""
    time = np.arange(round(TONE_SECONDS * TONE_RATE)) / TONE_RATE
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
    with OpusEncoder(TONE_RATE) as encoder:
        payloads = [encoder.encode(frame) for frame in tone.reshape(-1, 960, 1)]
    for gaussian in (False, True):
        network = Network("", loss=0.05, jitter=0.030, gaussian=gaussian)
        pairs: list[tuple[int, int]] = []
        for seed in SEEDS:
            decoder = _Noting()
            audio = _heard(network.carry(payloads, seed), decoder)
            pairs.append((_step(audio), _step(_concealed(payloads, decoder.given))))
        mine, libopus = max(pairs, key=lambda pair: pair[0] / pair[1])
        shape = "gaussian" if gaussian else "even"
        what = f"440 Hz, 30 ms {shape} jitter, 5 % loss: largest step, worst of {len(SEEDS)}"
        yield Row(what, mine, "", "libopus", libopus, 1.2, ratio=True)


def _heard(packets: Delivery, decoder: OpusDecoder) -> Samples:
    buffer = JitterBuffer(decoder=decoder)
    out: list[Samples] = []
    arrived, now = 0, 0.05
    while now < TONE_SECONDS:
        while arrived < len(packets) and packets[arrived][0] <= now:
            buffer.push(packets[arrived][1], packets[arrived][0])
            arrived += 1
        out.append(buffer.pull(now))
        now += TICK
    buffer.close()
    return np.concatenate(out)


def _concealed(payloads: list[bytes], given: set[int]) -> Samples:
    """Return what libopus alone makes of the same packets, each at its place."""
    last = max(index for index, payload in enumerate(payloads) if id(payload) in given)
    with OpusDecoder(TONE_RATE) as decoder:
        return np.concatenate(
            [
                decoder.decode(payload)
                if id(payload) in given
                else decoder.conceal(TONE_RATE // 50)
                for payload in payloads[: last + 1]
            ]
        )


def _step(audio: Samples) -> int:
    """Return the largest difference of neighbours, after half a second of running in."""
    return int(np.abs(np.diff(audio[TONE_RATE // 2 :, 0].astype(int))).max())
