"""Words lost on the way: speech at 5 % loss, transcribed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.media.networks import Network
from benchmarks.media.recordings import encode, utterances
from benchmarks.media.replay import Delivery, aiortcs, ours
from benchmarks.media.table import Row
from media import Samples

SEEDS = 4
PAUSE = 16000
NETWORKS = (
    Network("clean", jitter=0.001),
    Network("5 % loss", loss=0.05, jitter=0.002),
    Network("5 % loss in bursts of 3", loss=0.05, burst=3, jitter=0.002),
    Network("30 ms jitter", jitter=0.030),
)


def rows() -> Iterator[Row]:
    from actors.stages.ears.moonshine import transcribe

    ours_clean = theirs_clean = 0.0
    for network in NETWORKS:
        mine = _word_errors(network, _through_ours, transcribe)
        theirs = _word_errors(network, _through_aiortcs, transcribe)
        if network.name == "clean":
            ours_clean, theirs_clean = mine, theirs
            yield Row("clean: word errors", mine, "%", "aiortc", theirs)
            continue
        yield Row(
            f"{network.name}: more word errors than clean",
            mine - ours_clean,
            "points",
            "aiortc",
            theirs - theirs_clean,
            3 if network.name == "5 % loss" else None,
        )


def _through_ours(packets: Delivery, seconds: float, seed: int) -> Samples:
    return ours(packets, seconds, 0.002 + 0.004 * seed).samples


def _through_aiortcs(packets: Delivery, seconds: float, seed: int) -> Samples:
    return aiortcs(packets, seconds).samples


def _word_errors(
    network: Network,
    play: Callable[[Delivery, float, int], Samples],
    transcribe: Callable[[Samples], str],
) -> float:
    """Return the word error rate in per cent of all recordings in one call, over all calls."""
    pause = np.zeros((PAUSE, 1), np.int16)
    pieces, starts, position = [pause], list[int](), PAUSE
    for utterance in utterances():
        starts.append(position)
        pieces += [utterance.samples, pause]
        position += len(utterance.samples) + PAUSE
    payloads = encode(np.concatenate(pieces))
    errors = words = 0
    for seed in range(SEEDS):
        heard = play(network.carry(payloads, seed), len(payloads) * 0.02, seed)[:, 0]
        for start, utterance in zip(starts, utterances(), strict=True):
            end = start + len(utterance.samples) + PAUSE // 2
            spoken = plain(utterance.text)
            errors += distance(spoken, plain(transcribe(heard[start - PAUSE // 2 : end])))
            words += len(spoken)
    return 100 * errors / words


def plain(text: str) -> list[str]:
    """Return lower-case words without punctuation; titles and numbers as they are spoken."""
    text = text.lower().replace("mr.", "mister").replace("-", " ")
    return re.sub(r"[^a-z0-9' ]", "", text).split()


def distance(spoken: list[str], heard: list[str]) -> int:
    """Return Levenshtein's distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]
