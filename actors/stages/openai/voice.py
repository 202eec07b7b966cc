"""A voice behind OpenAI's speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import attrs
import numpy as np

from actors.stages.openai.server import OpenAIServer, load_sdk
from actors.stages.protocols import InThread, Spoken
from actors.stages.voices.silences import trimmed
from actors.stages.voices.word_times import estimate
from media import AudioFrame

SAMPLE_RATE: Final = 24000
"""Hz of the format "pcm": 16-bit little-endian, mono."""


@attrs.frozen
class OpenAIVoice:
    """Says a clause at a time; the words' times are estimates, since the server tells none.

    Attributes:
        voice: the voice's name.
        model: the model's name.
        server: where; OpenAI's own by default.
        language: BCP-47 tag of what it is given to read.
    """

    voice: str = "alloy"
    model: str = "tts-1"
    server: OpenAIServer = attrs.field(factory=OpenAIServer)
    language: str = "en"
    sample_rate: int = attrs.field(default=SAMPLE_RATE, init=False)

    async def warm(self, in_thread: InThread) -> None:
        """Import the SDK, which takes a second."""
        await in_thread(load_sdk)

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say `text` as one stretch of audio; text without a letter is not sent."""
        if not any(letter.isalnum() for letter in text):
            return
        async with (
            self.server.client() as client,
            client.audio.speech.with_streaming_response.create(
                model=self.model, voice=self.voice, input=text, response_format="pcm"
            ) as response,
        ):
            audio = await response.read()
        samples = np.frombuffer(audio[: len(audio) // 2 * 2], "<i2").astype(np.int16)
        if len(samples):
            samples = trimmed(samples, SAMPLE_RATE)
            words = estimate(text, samples, SAMPLE_RATE)
            yield Spoken(AudioFrame(samples[:, None], SAMPLE_RATE), words)
