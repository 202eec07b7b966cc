"""The synthetic voice as an engine, as late as the script says."""

from collections.abc import AsyncGenerator

import attrs
import trio

from actors.stages.protocols import InThread, Spoken
from callboard.testing.synthetic import synthesize
from callboard.testing.words import words_of
from media import AudioFrame

PITCH = 17 * 50 / 3
MELODY = (0, 2, 6, 2)
"""Agents speak higher than people do in a lab, at 17, 19 and 23 steps: primes, so that no person's
voice shares an overtone with theirs below 1.7 kHz, and none is taken for their echo."""


@attrs.frozen
class ScriptedVoice:
    """Says letters of 60 ms that a listener can read back, with exact word times.

    Attributes:
        delay: seconds from a clause to its first sample.
    """

    delay: float = 0.0
    language: str = "und"
    sample_rate: int = 24000

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say the whole clause as one stretch of audio."""
        await trio.sleep(self.delay)
        if text:
            samples = synthesize(text, self.sample_rate, pitch=PITCH, melody=MELODY)
            yield Spoken(AudioFrame(samples[:, None], self.sample_rate), words_of(text))
