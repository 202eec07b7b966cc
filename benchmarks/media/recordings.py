"""Speech with transcripts: what people read aloud, and sentences of the embedded voice.

The people are those of Debian's pocketsphinx-testdata, and one who reads Dickens in the wheel that
brings the ear's weights. All of it is the same on every run.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import attrs
import numpy as np
import trio

from benchmarks.media.sentences import SENTENCES
from media import Samples
from media.opus import OpusEncoder
from media.resample import Resampler
from media.wav import read_wav

FOLDER = Path("/usr/share/pocketsphinx/test/data")
_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")
_LINE = re.compile(r"<s> (.*?)\s*</s> \((.*)\)")

TALE: Final = (
    (1.0, 4.8, "it was the best of times it was the worst of times"),
    (4.8, 8.5, "it was the age of wisdom it was the age of foolishness"),
    (8.5, 13.1, "it was the epoch of belief it was the epoch of incredulity"),
    (13.1, 17.2, "it was the season of light it was the season of darkness"),
    (17.2, 20.9, "it was the spring of hope it was the winter of despair"),
    (20.9, 24.3, "we had everything before us we had nothing before us"),
    (24.3, 28.7, "we were all going direct to heaven we were all going direct the other way"),
    (28.8, 32.5, "in short the period was so far like the present period"),
    (
        32.5,
        38.5,
        "that some of its noisiest authorities insisted on its being received for good or for evil",
    ),
    (38.5, 42.2, "in the superlative degree of comparison only"),
)
"""From and to which second which words are read in `two_cities.wav`."""


@attrs.frozen
class Utterance:
    """16 kHz mono samples and the words spoken."""

    samples: Samples
    text: str


def utterances() -> list[Utterance]:
    """Return the ten recordings; raise `FileNotFoundError` that says what to install."""
    if not FOLDER.is_dir():
        raise FileNotFoundError(f"{FOLDER} is missing: apt-get install pocketsphinx-testdata")
    found: list[Utterance] = []
    for lines in (FOLDER / "librivox/transcription", FOLDER / "cards/cards.transcription"):
        for text, name in _LINE.findall(lines.read_text()):
            found.append(Utterance(read_wav(lines.parent / f"{name}.wav").samples, text))
    return found


def tale() -> list[Utterance]:
    """Return the reading of Dickens, phrase by phrase."""
    spec = importlib.util.find_spec("moonshine_voice")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("moonshine-voice is missing: pip install 'callboard[voice]'")
    frame = read_wav(Path(spec.origin).parent / "assets" / "two_cities.wav")
    samples = at_16k(frame.samples, frame.sample_rate)
    return [Utterance(samples[int(a * 16000) : int(b * 16000)], text) for a, b, text in TALE]


def voiced() -> list[Utterance]:
    """Return the sentences as the embedded voice says them."""
    from actors.stages.voices.hibari import HibariVoice

    voice = HibariVoice()

    async def speak() -> list[Utterance]:
        return [
            Utterance(at_16k(spoken.audio.samples, voice.sample_rate), text)
            for text in SENTENCES
            async for spoken in voice.speak(text, _at_once)
        ]

    return trio.run(speak)


async def _at_once(function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result:
    return function(*arguments)


def at_16k(samples: Samples, rate: int) -> Samples:
    """Return `samples` at 16 kHz, whole."""
    resampler = Resampler(rate, 16000, 1)
    return np.concatenate([resampler.process(samples), resampler.flush()])


def encode(samples: Samples) -> list[bytes]:
    """Return 20 ms packets as a browser would send them: 48 kHz clock, FEC for 5 % loss."""
    with OpusEncoder(16000, bitrate=32000, complexity=9, fec=True, packet_loss=5) as encoder:
        count = len(samples) // 320 * 320
        return [encoder.encode(samples[i : i + 320]) for i in range(0, count, 320)]


def speech(seconds: float) -> Samples:
    """Return the recordings one after another, repeated to the wanted length."""
    joined = np.concatenate([utterance.samples for utterance in utterances()])
    repeats = int(seconds * 16000) // len(joined) + 1
    return np.concatenate([joined] * repeats)[: int(seconds * 16000)]
