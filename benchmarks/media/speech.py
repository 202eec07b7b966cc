"""Words lost on the way: speech over bad networks, transcribed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import numpy as np

from benchmarks.media.networks import Network
from benchmarks.media.recordings import Utterance, encode, tale, utterances, voiced
from benchmarks.media.replay import Delivery, aiortcs, ours
from benchmarks.media.table import Row
from benchmarks.media.words import Score, scored
from media import Samples

SEEDS = 3
PAUSE = 16000
CLEAN = Network("clean", jitter=0.010)
BURSTS = Network("5 % loss in bursts of 3", loss=0.05, burst=3, jitter=0.010)
NETWORKS = (
    (Network("5 % loss", loss=0.05, jitter=0.010), 3),
    (BURSTS, 4),
    (attrs.evolve(BURSTS, name="5 % loss in bursts of 3, with copies", copies=(4, 2)), 4),
    (Network("30 ms jitter", jitter=0.030), None),
)

Played = Callable[[Delivery, float, int], Samples]


def rows() -> Iterator[Row]:
    said = [*utterances(), *tale(), *voiced()]
    mine, theirs = _score(said, CLEAN, _through_ours), _score(said, CLEAN, _through_aiortcs)
    words = int(mine.words.sum())
    yield Row(f"clean: words misunderstood, of {words}", mine.rate, "%", "aiortc", theirs.rate)
    for network, limit in NETWORKS:
        more, low, high = _score(said, network, _through_ours).over(mine)
        what = f"{network.name}: more words (95 %: {low:.1f} to {high:.1f})"
        if network.copies:  # which aiortc does not know
            yield Row(what, more, "points", limit=limit)
            continue
        peer = _score(said, network, _through_aiortcs).over(theirs)[0]
        yield Row(what, more, "points", "aiortc", peer, limit)


def _through_ours(packets: Delivery, seconds: float, seed: int) -> Samples:
    return ours(packets, seconds, 0.002 + 0.004 * seed).samples


def _through_aiortcs(packets: Delivery, seconds: float, seed: int) -> Samples:
    return aiortcs(packets, seconds).samples


def _score(said: list[Utterance], network: Network, play: Played) -> Score:
    """Compare all that was said in one call with what was understood, over all calls."""
    from actors.stages.ears.moonshine import transcribe

    pause = np.zeros((PAUSE, 1), np.int16)
    payloads = encode(np.concatenate([pause, *(p for u in said for p in (u.samples, pause))]))
    heard: list[list[str]] = []
    for seed in range(SEEDS):
        samples = play(network.carry(payloads, seed), len(payloads) * 0.02, seed)[:, 0]
        texts, start = list[str](), PAUSE
        for utterance in said:
            end = start + len(utterance.samples)
            texts.append(transcribe(samples[start - PAUSE // 2 : end + PAUSE // 2]))
            start = end + PAUSE
        heard.append(texts)
    return scored(heard, [utterance.text for utterance in said])
