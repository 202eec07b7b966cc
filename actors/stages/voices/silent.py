"""What serves where no voice is installed: a reply that is only read, at the pace of speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import attrs
import numpy as np

from actors.stages.protocols import InThread, Spoken
from actors.stages.voices.word_times import estimate
from media import AudioFrame

SAMPLE_RATE: Final = 24000
_SECONDS_PER_LETTER: Final = 0.065
"""About 150 words a minute."""


@attrs.frozen
class SilentVoice:
    """Says nothing for as long as it would take: captions advance, turns and barge-in work."""

    language: str = "und"
    sample_rate: int = attrs.field(default=SAMPLE_RATE, init=False)

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Give silence as long as `text`."""
        samples = np.zeros(round(len(text) * _SECONDS_PER_LETTER * SAMPLE_RATE), np.int16)
        yield Spoken(
            AudioFrame(samples[:, None], SAMPLE_RATE), estimate(text, samples, SAMPLE_RATE)
        )
