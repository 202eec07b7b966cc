"""An ear behind Deepgram's streaming API. Written to its documentation; no account was at hand."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator
from typing import Any, Final, cast
from urllib.parse import urlencode

import attrs
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.errors import EngineFailedError
from actors.stages.protocols import Heard, InThread, Utterance
from actors.stages.service_socket import next_message, open_service_socket

_PIECE: Final = 0.1
"""Seconds of audio a message: what Deepgram advises."""

_KEEP_ALIVE: Final = 4.0
"""Seconds without audio after which it is told that more may come; it hangs up after 10."""


@attrs.frozen
class DeepgramEar:
    """Streams each turn to Deepgram while it grows; partial readings come as it sends them.

    Attributes:
        api_key: the account's key.
        model: the model's name.
        language: BCP-47 tag that is spoken.
        url: the service's address, for a server of one's own.
        tls: how its certificate is checked; the system's rules by default.
    """

    api_key: str = attrs.field(repr=False)
    model: str = "nova-2"
    language: str = "en"
    url: str = "wss://api.deepgram.com/v1/listen"
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False)

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load: a connection is opened with each turn."""

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Send the audio as it comes, give what is read of it."""
        options = {
            "encoding": "linear16",
            "sample_rate": utterance.sample_rate,
            "model": self.model,
            "language": self.language,
            "interim_results": "true",
            "smart_format": "true",
        }
        settled: list[str] = []
        told = ""
        # The block is left by whoever closes this generator, in the task that iterates it.
        async with (
            open_service_socket(
                f"{self.url}?{urlencode(options)}",
                {"Authorization": f"Token {self.api_key}"},
                self.tls,
            ) as socket,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(_send, socket, utterance)
            while True:
                try:
                    message = await next_message(socket)
                except ConnectionClosed:
                    break
                reading = _reading(message)
                if reading is None:
                    continue
                text, final = reading
                if final and text:
                    settled.append(text)
                so_far = " ".join([*settled, *([] if final or not text else [text])])
                if so_far != told:
                    told = so_far
                    yield Heard(so_far, final=False)
            nursery.cancel_scope.cancel()
        if not utterance.ended:
            raise EngineFailedError("Deepgram hung up before the turn was over.")
        yield Heard(" ".join(settled), final=True)


async def _send(socket: WebSocketConnection, utterance: Utterance) -> None:
    sent = 0
    enough = round(_PIECE * utterance.sample_rate)
    while not (utterance.ended and sent == len(utterance)):
        with trio.move_on_after(_KEEP_ALIVE) as waiting:
            await utterance.wait_beyond(sent, enough=enough)
        if waiting.cancelled_caught:
            await socket.send_message(json.dumps({"type": "KeepAlive"}))
            continue
        fresh = utterance.samples(sent)
        sent += len(fresh)
        if len(fresh):
            await socket.send_message(fresh.astype("<i2", copy=False).tobytes())
    await socket.send_message(json.dumps({"type": "CloseStream"}))


def _reading(message: dict[str, Any]) -> tuple[str, bool] | None:
    """The words of a message and whether they stand; None for what holds no words."""
    if message.get("type") != "Results":
        return None
    alternatives = cast(
        "list[dict[str, Any]]", message.get("channel", {}).get("alternatives") or [{}]
    )
    return str(alternatives[0].get("transcript", "")).strip(), bool(message.get("is_final"))
