"""Real speech over the real engine and a bad network, in virtual time: what of it is understood."""

from __future__ import annotations

import re

import numpy as np
import pytest
import trio
from real_parts import LIBRIVOX, missing
from tapes import RATE, Samples, in_words

from actors.call.call import Call
from actors.stages.ears import moonshine_model
from callboard.testing import MemoryRoom, Network, VirtualEngine, run_on_network
from media import AudioFrame
from media.wav import read_wav
from runtime import Actor, Context, Graph, In, Out, open_graph

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("human_speech")]

BAD = Network(loss=0.05, delay=0.04, jitter=0.01)
"""Each packet on its own. Bursts of 3 (Gilbert) cost about seven words in a hundred more than none:
what is gone for a fifth of a second nobody can understand."""
SEEDS = (1, 2, 3)
FRAME = 320
PAUSE = 1.0
FOUND = 1.0
"""Seconds within which two calls have found each other."""


class Reads(Actor):
    """Says a recording, live."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    audio = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        for tick, at in enumerate(range(0, len(self.samples) - FRAME, FRAME)):
            await trio.sleep_until(FOUND + tick * FRAME / RATE)
            samples = self.samples[at : at + FRAME, None].copy()
            await self.audio.send(AudioFrame(samples, RATE))
        await trio.sleep_forever()


class Listens(Actor):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.pieces: list[Samples] = []

    voices = In[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for frame in self.voices:
            self.pieces.append(frame.samples[:, 0])


def readings() -> tuple[Samples, str]:
    """All recordings of the book, with pauses between, and what is read."""
    samples: list[Samples] = []
    texts: list[str] = []
    for line in (LIBRIVOX / "transcription").read_text().splitlines():
        text, name = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line.strip()).groups()
        samples += [read_wav(LIBRIVOX / f"{name}.wav").samples[:, 0], np.zeros(RATE, np.int16)]
        texts.append(text)
    return np.concatenate(samples), " ".join(texts)


def heard_over(network: Network, seed: int, read: Samples) -> list[Samples]:
    """What each of two calls hears of the other, who reads this."""

    async def body(engine: VirtualEngine) -> list[Samples]:
        room = MemoryRoom()
        calls = [
            Call("http://lab.invalid/lobby", name, engine=engine, signalling=room.channel)
            for name in ("Alice", "Bob")
        ]
        listeners = [Listens(), Listens()]
        wires = [
            wire
            for call, listener in zip(calls, listeners, strict=True)
            for wire in (Reads(read).audio >> call.microphone, call.voices >> listener.voices)
        ]
        async with open_graph(Graph(*wires)):
            await trio.sleep_until(FOUND + len(read) / RATE + PAUSE)
        return [np.concatenate(listener.pieces) for listener in listeners]

    return run_on_network(body, network, seed=seed)


def word_errors(said: str, heard: str) -> float:
    """Insertions, deletions and substitutions, as a share of what was said."""
    one, other = (re.findall(r"[a-z']+", text.lower().replace("-", " ")) for text in (said, heard))
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, guess in enumerate(other, 1):
            best = min(row[at] + 1, row[at - 1] + 1, before + (word != guess))
            before, row[at] = row[at], best
    return row[-1] / len(one)


def understood(samples: Samples, said: str) -> float:
    return word_errors(said, in_words(samples, 0, len(samples) / RATE))


def test_a_loss_of_one_in_twenty_costs_at_most_four_words_in_a_hundred() -> None:
    if not moonshine_model.available():
        missing("No speech recognition on this machine: pip install '.[voice]'.")
    read, said = readings()
    clean = [understood(side, said) for side in heard_over(Network(), 0, read)]
    lossy = [understood(side, said) for seed in SEEDS for side in heard_over(BAD, seed, read)]
    assert np.mean(lossy) - np.mean(clean) <= 0.04
