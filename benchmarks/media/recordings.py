"""Real speech with transcripts: Debian's pocketsphinx-testdata."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import numpy as np

from media import Samples
from media.opus import OpusEncoder
from media.wav import read_wav

FOLDER = Path("/usr/share/pocketsphinx/test/data")
_LINE = re.compile(r"<s> (.*?)\s*</s> \((.*)\)")


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
