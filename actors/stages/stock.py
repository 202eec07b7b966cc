"""Engines for agents that choose none: embedded where installed, else what needs nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import attrs
import numpy as np

from actors.stages.ears import moonshine
from actors.stages.ears.moonshine import MoonshineEar
from actors.stages.protocols import Ear, Heard, InThread, Spoken, Utterance, Voice
from actors.stages.voices import hibari
from actors.stages.voices.hibari import HibariVoice
from actors.stages.voices.timing import estimate
from media import AudioFrame


@attrs.frozen
class DeafEar:
    """Understands nothing: every utterance ends with no words."""

    language: str = "und"

    async def warm(self, in_thread: InThread) -> None: ...

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Wait for the end and give no words."""
        async for _ in utterance:
            pass
        yield Heard("", final=True)


SAMPLE_RATE: Final = 24000
_SECONDS_PER_LETTER: Final = 0.065
"""About 150 words a minute."""


@attrs.frozen
class SilentVoice:
    """Says nothing for as long as it would take: captions advance, turns and barge-in work."""

    language: str = "und"
    sample_rate: int = attrs.field(default=SAMPLE_RATE, init=False)

    async def warm(self, in_thread: InThread) -> None: ...

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Give silence as long as `text`."""
        samples = np.zeros(round(len(text) * _SECONDS_PER_LETTER * SAMPLE_RATE), np.int16)
        yield Spoken(
            AudioFrame(samples[:, None], SAMPLE_RATE), estimate(text, samples, SAMPLE_RATE)
        )


def stock_ear() -> Ear:
    """Return Moonshine, or an ear that understands nothing: then people type."""
    return MoonshineEar() if moonshine.available() else DeafEar()


def stock_voice() -> Voice:
    """Return hibari, or a voice without a sound: then people read the captions."""
    return HibariVoice() if hibari.available() else SilentVoice()


def missing() -> list[str]:
    """Return a sentence for each engine that is not installed: what serves instead, what to do."""
    sentences: list[str] = []
    if not moonshine.available():
        sentences.append(
            "Speech recognition is not installed, so the agent reads what people type instead: "
            "pip install 'callboard[voice]' (there are wheels for Linux with glibc 2.34, 64-bit "
            "Windows and macOS 15 on arm64)."
        )
    if not hibari.available():
        sentences.append(
            "No voice is installed, so the agent's replies are shown as captions only: "
            "pip install 'callboard[voice]'."
        )
    return sentences
