"""An ear behind OpenAI's audio transcriptions."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncGenerator

import attrs

from actors.stages.openai.server import OpenAIServer, load_sdk
from actors.stages.protocols import Heard, InThread
from actors.stages.utterance import Utterance


@attrs.frozen
class OpenAIEar:
    """Sends each turn, once it is over, as a WAV file; there are no partial readings.

    So the words of a barge-in come late: 300 ms of speech over the agent decide instead.

    Attributes:
        model: the model's name.
        server: where; OpenAI's own by default.
        language: BCP-47 tag that is expected; "und" lets the server find out.
    """

    model: str = "whisper-1"
    server: OpenAIServer = attrs.field(factory=OpenAIServer)
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Import the SDK, which takes a second."""
        await in_thread(load_sdk)

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Wait for the end of the turn and have it read."""
        async for _ in utterance:
            pass
        text = ""
        if len(utterance):
            from openai import omit  # noqa: PLC0415  (an extra, and slow to import)

            wav = ("turn.wav", _wav(utterance), "audio/wav")
            async with self.server.client() as client:
                heard = await client.audio.transcriptions.create(
                    model=self.model,
                    file=wav,
                    language=omit if self.language == "und" else self.language.split("-")[0],
                )
            text = heard.text.strip()
        yield Heard(text, final=True)


def _wav(utterance: Utterance) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(utterance.sample_rate)
        wav.writeframes(utterance.samples().astype("<i2", copy=False).tobytes())
    return file.getvalue()
