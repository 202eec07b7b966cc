"""The embedded ear: Moonshine tiny-en, English, on one thread of this machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.stages.ears.moonshine_model import SAMPLE_RATE, Moonshine
from actors.stages.ears.segments import loudest, quietest
from actors.stages.loading import LoadedOnce
from actors.stages.protocols import Heard, InThread
from actors.stages.utterance import Utterance

_model: Final = LoadedOnce(Moonshine)

_LONGEST: Final = 9 * SAMPLE_RATE
"""Samples that are read at once: the model was trained on sentences, not on speeches."""

_SETTLED: Final = 6 * SAMPLE_RATE
"""A longer stretch is cut at the quietest place between these two, and its first part stands."""

_SILENT: Final = 60.0
"""RMS (-55 dBFS) of 100 ms under which nobody speaks: the model hears "You" in silence."""


@attrs.frozen
class MoonshineEar:
    """Hears English. Partials come every `every` seconds of speech, and in each pause.

    All ears of a process share the weights. About 0.03 of real time of one core a decoding; the
    growing utterance is decoded again each time, never more than 9 s of it.
    """

    every: float = 0.5
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Load the model and run it once, so that the first person waits for nothing."""
        await in_thread(_warm)

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Decode the growing utterance; the last pause's reading is the final one if it holds."""
        enough = round(self.every * SAMPLE_RATE)
        settled: list[str] = []
        start = read = 0
        text = ""
        while not (utterance.ended and read == len(utterance)):
            await utterance.wait_beyond(read, enough=enough)
            read = len(utterance)
            if read - start > _LONGEST:
                cut = start + quietest(utterance.samples(start)[_SETTLED:_LONGEST]) + _SETTLED
                settled.append(await in_thread(transcribe, utterance.samples(start)[: cut - start]))
                start = cut
            text = await in_thread(transcribe, utterance.samples(start)[: read - start])
            if not utterance.ended:
                yield Heard(" ".join([*settled, text]).strip(), final=False)
        yield Heard(" ".join([*settled, text]).strip(), final=True)


def transcribe(samples: NDArray[np.int16]) -> str:
    """Return the English words in `samples`, int16 `[n]` at 16 kHz. Blocks."""
    if loudest(samples) < _SILENT:
        return ""
    return _model.get().transcribe(samples)


def _warm() -> None:
    _model.get().transcribe(np.zeros(SAMPLE_RATE, np.int16))
