"""Real speech over the real engine and a bad network, in virtual time: what of it is understood."""

from __future__ import annotations

import re

import attrs
import numpy as np
import pytest
import trio
from real_parts import LIBRIVOX, RECORDINGS, missing
from tapes import RATE, Samples

from actors.call.call import Call
from actors.stages.ears import moonshine
from actors.stages.ears.moonshine import transcribe
from callboard.testing import MemoryRoom, Network, VirtualEngine, run_on_network
from media import AudioFrame
from media.resample import Resampler
from media.wav import read_wav
from runtime import Actor, Context, Graph, In, Out, open_graph

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("human_speech")]

CLEAN = Network(delay=0.04, jitter=0.01)
SINGLE = attrs.evolve(CLEAN, loss=0.05)
BURSTS = attrs.evolve(SINGLE, burst=3)
SEEDS = (1, 2, 3, 4)
CARDS = RECORDINGS / "cards"
TALE = (
    (1.0, 4.8, "it was the best of times it was the worst of times"),
    (4.8, 8.5, "it was the age of wisdom it was the age of foolishness"),
    (8.5, 13.1, "it was the epoch of belief it was the epoch of incredulity"),
    (13.1, 17.2, "it was the season of light it was the season of darkness"),
    (17.2, 20.9, "it was the spring of hope it was the winter of despair"),
    (20.9, 24.3, "we had everything before us we had nothing before us"),
)
"""From and to which second what is read in a recording that comes with the ear."""
FRAME = 320
PAUSE = 1.0
FOUND = 1.0
"""Seconds within which two calls have found each other."""
AROUND = (0.3, 0.6)
"""Seconds before and after an utterance that the ear is given too; the way takes 0.1 to 0.2."""


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

    def since(self, second: float) -> Samples:
        return np.concatenate(self.pieces)[round((second - self.began) * RATE) :]


@attrs.frozen
class Reading:
    samples: Samples
    text: str


def readings() -> list[Reading]:
    """What three people read, 162 words, and their recordings."""
    found: list[Reading] = []
    for lines in (LIBRIVOX / "transcription", CARDS / "cards.transcription"):
        for text, name in re.findall(r"<s> (.*?)\s*</s> \((.*)\)", lines.read_text()):
            found.append(Reading(read_wav(lines.parent / f"{name}.wav").samples[:, 0], text))
    recorded = read_wav(moonshine.weights_folder().parent / "two_cities.wav")
    resampler = Resampler(recorded.sample_rate, RATE, 1)
    tale = np.concatenate([resampler.process(recorded.samples), resampler.flush()])[:, 0]
    return [*found, *(Reading(tale[round(a * RATE) : round(b * RATE)], c) for a, b, c in TALE)]


def heard_over(network: Network, seed: int, read: list[Reading]) -> list[Samples]:
    """What each of two calls hears of the other, who reads this, from the first word on."""
    quiet = np.zeros(round(PAUSE * RATE), np.int16)
    samples = np.concatenate([quiet, *(part for each in read for part in (each.samples, quiet))])

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
            for wire in (Reads(samples).audio >> call.microphone, call.voices >> listener.voices)
        ]
        async with open_graph(Graph(*wires)):
            await trio.sleep_until(FOUND + len(samples) / RATE + PAUSE)
        return [listener.since(FOUND) for listener in listeners]

    return run_on_network(body, network, seed=seed)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower().replace("mr.", "mister").replace("-", " "))


def word_errors(said: list[str], heard: list[str]) -> int:
    """Insertions, deletions and substitutions."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for at, guess in enumerate(heard, 1):
            best = min(row[at] + 1, row[at - 1] + 1, before + (word != guess))
            before, row[at] = row[at], best
    return row[-1]


def misunderstood(heard: Samples, read: list[Reading]) -> float:
    """The share of all words that the ear gets wrong, given each utterance where it was said."""
    errors = total = 0
    start = round(PAUSE * RATE)
    before, after = (round(seconds * RATE) for seconds in AROUND)
    for each in read:
        end = start + len(each.samples)
        said = words(each.text)
        errors += word_errors(said, words(transcribe(heard[start - before : end + after])))
        total += len(said)
        start = end + round(PAUSE * RATE)
    return errors / total


@pytest.mark.parametrize(
    ("network", "most"), [(SINGLE, 0.03), (BURSTS, 0.04)], ids=["one by one", "in bursts of 3"]
)
def test_a_loss_of_one_packet_in_twenty_costs_few_words(network: Network, most: float) -> None:
    if not moonshine.available():
        missing("No speech recognition on this machine: pip install '.[voice]'.")
    read = readings()
    clean = [misunderstood(side, read) for side in heard_over(CLEAN, 0, read)]
    lossy = [
        misunderstood(side, read) for seed in SEEDS for side in heard_over(network, seed, read)
    ]
    assert np.mean(lossy) - np.mean(clean) <= most
