"""A voice behind Cartesia's streaming API. Written to its documentation; no account was at hand."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncGenerator
from typing import Any, Final, cast

import attrs
import numpy as np
import trio
from numpy.typing import NDArray
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.errors import EngineFailedError
from actors.stages.messages import Word
from actors.stages.protocols import InThread, Spoken
from actors.stages.service_socket import next_message, open_service_socket
from actors.stages.voices.timing import estimate
from media import AudioFrame

_CONTEXT: Final = "clause"
"""One connection says one clause, so its context needs no name of its own."""


@attrs.frozen
class CartesiaVoice:
    """Says a clause as its sound arrives, word by word, with the times that the service tells.

    Attributes:
        api_key: the account's key.
        voice: the voice's id.
        model: the model's name.
        language: BCP-47 tag of what it is given to read.
        sample_rate: Hz.
        url: the service's address, for a server of one's own.
        version: the API's version.
        tls: how its certificate is checked; the system's rules by default.
    """

    api_key: str = attrs.field(repr=False)
    voice: str
    model: str = "sonic-2"
    language: str = "en"
    sample_rate: int = 24000
    url: str = "wss://api.cartesia.ai/tts/websocket"
    version: str = "2024-11-13"
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False)

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load: a connection is opened with each clause."""

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say `text` in stretches of whole words; text without a letter is not sent."""
        if not any(letter.isalnum() for letter in text):
            return
        arrived = _Arrived(self.sample_rate)
        over = False
        # The block is left by whoever closes this generator, in the task that iterates it.
        headers = {"X-API-Key": self.api_key, "Cartesia-Version": self.version}
        async with open_service_socket(self.url, headers, self.tls) as socket:
            try:
                await socket.send_message(json.dumps(self._request(text)))
                while not over:
                    over = arrived.take(await next_message(socket))
                    for spoken in arrived.stretches(text, over=over):
                        yield spoken
            except ConnectionClosed:
                raise EngineFailedError("Cartesia hung up in the middle of a clause.") from None
            finally:
                if not over:
                    await _cancel(socket)

    def _request(self, text: str) -> dict[str, object]:
        return {
            "model_id": self.model,
            "transcript": text,
            "voice": {"mode": "id", "id": self.voice},
            "language": self.language.split("-")[0],
            "context_id": _CONTEXT,
            "continue": False,
            "add_timestamps": True,
            "output_format": {
                "container": "raw",
                "encoding": "pcm_s16le",
                "sample_rate": self.sample_rate,
            },
        }


class _Arrived:
    """Sound and words of one clause, as they come."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._pieces: list[NDArray[np.int16]] = []
        self._odd = b""
        self._words: list[Word] = []
        self._given = 0
        self._timed = False

    def take(self, message: dict[str, Any]) -> bool:
        """Take a message; True when it is the last."""
        match message:
            case {"type": "chunk", "data": str(data)}:
                sound = self._odd + base64.b64decode(data)
                self._odd = sound[len(sound) // 2 * 2 :]
                self._pieces.append(np.frombuffer(sound[: len(sound) // 2 * 2], "<i2"))
            case {"type": "timestamps"}:
                times = cast("dict[str, list[Any]]", message["word_timestamps"])
                words = zip(times["words"], times["start"], times["end"], strict=True)
                self._words += [Word(str(w), float(a), float(b)) for w, a, b in words]
                self._timed = True
            case {"type": "error"}:
                # Its text may quote what was to be said.
                raise EngineFailedError("Cartesia could not say a clause.")
            case {"type": "done"}:
                return True
            case _:
                pass
        return False

    def stretches(self, text: str, *, over: bool) -> list[Spoken]:
        """Return what can be said now: up to the last whole word, at the end all."""
        sound = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        whole = [word for word in self._words if round(word.end * self._rate) <= len(sound)]
        end = len(sound) if over else round(whole[-1].end * self._rate) if whole else 0
        start = self._given
        if end <= start:
            return []
        first = start / self._rate
        ready = self._words if over else whole
        words = tuple(Word(w.text, max(0.0, w.start - first), w.end - first) for w in ready)
        self._words = [] if over else self._words[len(whole) :]
        self._given = end
        samples = sound[start:end].astype(np.int16)
        if not self._timed:
            words = estimate(text, samples, self._rate)
        return [Spoken(AudioFrame(samples[:, None], self._rate), words)]


async def _cancel(socket: WebSocketConnection) -> None:
    """Tell the service to stop, where it still listens."""
    with trio.CancelScope(shield=True, deadline=trio.current_time() + 1.0):
        try:
            await socket.send_message(json.dumps({"context_id": _CONTEXT, "cancel": True}))
        except ConnectionClosed:
            return
