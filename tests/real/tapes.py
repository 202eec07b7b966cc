"""A person's lines on one tape, and what both sides' sound says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from chromium.ears import RATE, Samples, envelope

from actors.stages.ears.moonshine import transcribe
from media import AudioFrame
from media.wav import read_wav, write_wav

AUDIBLE = 32768 * 10 ** (-50 / 20)
CLICK = 0.06


def write_tape(path: Path, parts: Sequence[Path | float]) -> None:
    """Writes recordings one after the other, and silence of so many seconds between them."""
    pieces = [
        np.zeros((round(part * RATE), 1), np.int16)
        if isinstance(part, float)
        else read_wav(part).samples
        for part in parts
    ]
    write_wav(path, AudioFrame(np.concatenate(pieces), RATE))


def stretches(samples: Samples, joined: float = 1.0) -> list[tuple[float, float]]:
    """Where there is sound, in seconds: blocks of 10 ms over -50 dBFS, shorter pauses included."""
    found: list[tuple[float, float]] = []
    for block in np.flatnonzero(envelope(samples, 0.01) > AUDIBLE):
        start, end = block / 100, (block + 1) / 100
        if found and start - found[-1][1] < joined:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(start, end) for start, end in found if end - start > CLICK]


def in_words(samples: Samples, start: float, end: float) -> str:
    """What our own ear makes of a part of a recording."""
    part = samples[round(start * RATE) : round(end * RATE)]
    # Sentence by sentence: the model was trained on sentences, not on speeches.
    pieces = [
        transcribe(part[max(0, round((a - 0.15) * RATE)) : round((b + 0.15) * RATE)])
        for a, b in stretches(part, joined=0.3)
    ]
    return " ".join(pieces)


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, for comparison."""
    return re.findall(r"[a-z']+", text.lower())


def share_of(expected: str, found: str) -> float:
    """How much of `expected` stands in `found`, as a share of its words."""
    left = words(found)
    hits = 0
    for word in (wanted := words(expected)):
        if word in left:
            left.remove(word)
            hits += 1
    return hits / len(wanted)
