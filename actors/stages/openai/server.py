"""A server that speaks OpenAI's HTTP API, and the ear and the voice behind it."""

from __future__ import annotations

import importlib
import importlib.util
import io
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from actors.errors import EngineMissingError
from actors.stages.protocols import Heard, InThread, Spoken, Utterance
from actors.stages.voices.timing import estimate, trimmed
from media import AudioFrame

if TYPE_CHECKING:
    from openai import AsyncOpenAI


@attrs.frozen
class OpenAIServer:
    """A server that speaks OpenAI's API: theirs, or one of yours.

    `async with server.kept() as server:` keeps one connection pool open, in an agent file's
    `service()` say; without it each request opens a connection of its own.

    Attributes:
        base_url: such as "http://127.0.0.1:8080/v1"; None: OpenAI's own, or `OPENAI_BASE_URL`.
        api_key: None: from `OPENAI_API_KEY`.
        timeout: seconds that a request may wait for the next byte.
        client: an `AsyncOpenAI` of your own, with a proxy or headers say, in place of one made
            from the rest. It is not closed here.
    """

    base_url: str | None = None
    api_key: str | None = attrs.field(default=None, repr=False)
    timeout: float = 10.0
    _client: AsyncOpenAI | None = attrs.field(default=None, repr=False, eq=False, alias="client")

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[AsyncOpenAI]:
        """Give the SDK's client. It never retries: the stages do, within the turn's time."""
        if self._client is not None:
            yield self._client
            return
        async with _new_client(self) as client:
            yield client

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[OpenAIServer]:
        """Give this server with one pool of connections for the length of the block."""
        async with _new_client(self) as client:
            yield OpenAIServer(self.base_url, self.api_key, self.timeout, client)


def load_sdk() -> None:
    """Import the SDK. Blocks for a second. Raises `EngineMissingError` where it is missing."""
    if importlib.util.find_spec("openai") is None:
        raise EngineMissingError("This engine needs its SDK: pip install 'callboard[openai]'.")
    importlib.import_module("openai")


def _new_client(server: OpenAIServer) -> AsyncOpenAI:
    load_sdk()
    from openai import AsyncOpenAI  # noqa: PLC0415  (an extra, and slow to import)

    return AsyncOpenAI(
        base_url=server.base_url, api_key=server.api_key, timeout=server.timeout, max_retries=0
    )


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
        sample_rate: Hz.
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
