"""What of speech is understood over a bad network: two calls over the real engine, virtual time.

Both read the same to each other; the ear is given exactly what a call gives its own, clean or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs
import numpy as np
import trio

from actors.call.call import Call
from actors.stages.ears.moonshine import transcribe
from benchmarks.media.recordings import Utterance, tale, utterances, voiced
from benchmarks.media.table import Row
from benchmarks.media.words import Score, scored
from callboard.testing import MemoryRoom, Network, VirtualEngine, run_on_network
from media import AudioFrame, Samples
from runtime import Actor, Context, Graph, In, Out, open_graph

RATE: Final = 16000
FRAME: Final = 320
FOUND: Final = 1.0
"""Seconds within which two calls have found each other."""

PAUSE: Final = 1.0
"""Seconds between two utterances."""

AROUND: Final = (0.3, 0.6)
"""Seconds before and after an utterance that the ear is given too; the way takes 0.1 to 0.2."""

CLEAN: Final = Network(delay=0.04, jitter=0.01)
NETWORKS: Final = (
    ("5 % loss", attrs.evolve(CLEAN, loss=0.05), 3.0),
    ("5 % loss in bursts of 3", attrs.evolve(CLEAN, loss=0.05, burst=3), 4.0),
)
SEEDS: Final = (1, 2, 3, 4)


class Reads(Actor):
    """Says everything, live."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    audio = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        for tick, at in enumerate(range(0, len(self.samples) - FRAME, FRAME)):
            await trio.sleep_until(FOUND + tick * FRAME / RATE)
            await self.audio.send(AudioFrame(self.samples[at : at + FRAME].copy(), RATE))
        await trio.sleep_forever()


class Listens(Actor):
    """Keeps what it hears, and when that began."""

    def __init__(self) -> None:
        self.pieces: list[Samples] = []
        self.began = 0.0

    voices = In[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for frame in self.voices:
            if not self.pieces:
                self.began = trio.current_time()
            self.pieces.append(frame.samples[:, 0])


def rows() -> Iterator[Row]:
    """Print how many words more than on the same network without loss are misunderstood."""
    people, voice = [*utterances(), *tale()], voiced()
    said = [*people, *voice]
    clean = _score(said, CLEAN, SEEDS[:1])
    words = int(clean.words.sum())
    yield Row(f"words misunderstood without loss, of {words}", clean.rate, "%")
    for name, network, limit in NETWORKS:
        lossy = _score(said, network, SEEDS)
        more, low, high = lossy.over(clean)
        yield Row(
            f"{name}: more words (95 %: {low:.1f} to {high:.1f})", more, "points", limit=limit
        )
        for who, first, last in (("people", 0, len(people)), ("the voice", len(people), len(said))):
            more, low, high = lossy.of(first, last).over(clean.of(first, last))
            yield Row(f"{name}: of {who} (95 %: {low:.1f} to {high:.1f})", more, "points")


def _score(said: list[Utterance], network: Network, seeds: tuple[int, ...]) -> Score:
    quiet = np.zeros((round(PAUSE * RATE), 1), np.int16)
    speech = np.concatenate([quiet, *(each for u in said for each in (u.samples, quiet))])
    heard = [side for seed in seeds for side in _heard_over(network, seed, speech)]
    return scored([_understood(side, said) for side in heard], [each.text for each in said])


def _heard_over(network: Network, seed: int, speech: Samples) -> list[Samples]:
    """What each of two calls hears of the other, from the first word's moment on."""

    async def body(engine: VirtualEngine) -> list[Samples]:
        room = MemoryRoom()
        calls = [
            Call("http://lab.invalid/lobby", name, engine=engine, signalling=room.channel)
            for name in ("Alice", "Bob")
        ]
        sides = [Listens(), Listens()]
        wires = [
            wire
            for call, side in zip(calls, sides, strict=True)
            for wire in (Reads(speech).audio >> call.microphone, call.voices >> side.voices)
        ]
        async with open_graph(Graph(*wires)):
            await trio.sleep_until(FOUND + len(speech) / RATE + PAUSE)
        return [np.concatenate(side.pieces)[round((FOUND - side.began) * RATE) :] for side in sides]

    return run_on_network(body, network, seed=seed)


def _understood(heard: Samples, said: list[Utterance]) -> list[str]:
    """What the ear makes of each utterance, of what was heard while it was said."""
    texts: list[str] = []
    start = round(PAUSE * RATE)
    before, after = (round(seconds * RATE) for seconds in AROUND)
    for utterance in said:
        end = start + len(utterance.samples)
        texts.append(transcribe(heard[start - before : end + after]))
        start = end + round(PAUSE * RATE)
    return texts
