"""The embedded voice: hibari, American English, 24 kHz, on one thread of this machine."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncGenerator
from typing import Final, Protocol, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.errors import EngineMissingError
from actors.stages.models import LoadedOnce, finished_before_exit
from actors.stages.protocols import InThread, Spoken
from actors.stages.voices.timing import estimate, trimmed
from media import AudioFrame

SAMPLE_RATE: Final = 24000


class _Model(Protocol):
    """The part of `hibari.Hibari` that is used here; the package has no types."""

    def __call__(
        self, text: str, speed: float = 1.0, seed: int | None = None
    ) -> NDArray[np.float32]: ...


def _speakable(_: object, __: object, speed: float) -> None:
    if not 0.5 <= speed <= 2.0:
        raise ValueError(f"The voice cannot speak at {speed} times its pace: give 0.5 to 2.0.")


@attrs.frozen
class HibariVoice:
    """Says English, a sentence at a time, in about 0.01 of real time after a first load of 0.5 s.

    The words' times are estimates: the model does not tell them.

    Attributes:
        speed: 0.5 (slow) to 2.0 (fast).
        language: BCP-47 tag; the model knows no other language.
        sample_rate: Hz.
    """

    speed: float = attrs.field(default=1.0, validator=_speakable)
    language: str = "en-US"
    sample_rate: int = attrs.field(default=SAMPLE_RATE, init=False)

    async def warm(self, in_thread: InThread) -> None:
        """Load the model and say one word to nobody."""
        await in_thread(_synthesize, "Ready.", 1.0)

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say `text` as one stretch of audio; text without a single sound gives none."""
        samples = await in_thread(_synthesize, text, self.speed)
        if len(samples):
            words = estimate(text, samples, SAMPLE_RATE)
            yield Spoken(AudioFrame(samples[:, None], SAMPLE_RATE), words)


def available() -> bool:
    """True when the voice is installed; imports nothing."""
    return all(importlib.util.find_spec(name) for name in ("hibari", "onnxruntime"))


def _load() -> _Model:
    if not available():
        raise EngineMissingError(
            "The embedded voice needs hibari-tts: pip install 'callboard[voice]'."
        )
    # By name, and only here: it has no types, and brings onnxruntime, 70 MB.
    return cast("_Model", importlib.import_module("hibari").Hibari(threads=1))


_model: Final = LoadedOnce(_load)


@finished_before_exit
def _synthesize(text: str, speed: float) -> NDArray[np.int16]:
    """Return int16 `[n]` at 24 kHz. The seed makes the same text the same audio."""
    audio = _model.get()(text, speed=speed, seed=0)
    return trimmed(np.rint(np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16), SAMPLE_RATE)
