"""A server of ours that speaks as much of OpenAI's API as the engines use, over real HTTP."""

import json
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import h11
import trio

from callboard.testing.synthetic import synthesize
from runtime.errors import open_plain_nursery

Body = dict[str, Any]
Answer = Callable[[Body], Sequence[Body | float]]
"""A chat request to the deltas of its answer; a number is a rest in seconds."""


@attrs.define
class OpenAIFake:
    """What was asked, what is answered."""

    answer: Answer
    failures: int = 0
    """Requests that are refused with 503 first."""
    chats: list[Body] = attrs.field(factory=list)
    speeches: list[Body] = attrs.field(factory=list)
    uploads: list[bytes] = attrs.field(factory=list)
    keys: list[str] = attrs.field(factory=list)
    connections: int = 0
    hung_up: int = 0
    """Answers whose reader was gone before their end."""

    @asynccontextmanager
    async def open(self):
        async with open_plain_nursery() as nursery:
            serve = partial(trio.serve_tcp, self._serve, 0, host="127.0.0.1")
            listeners = await nursery.start(serve)
            port = listeners[0].socket.getsockname()[1]
            yield f"http://127.0.0.1:{port}/v1"
            nursery.cancel_scope.cancel()

    async def _serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        try:
            connection = h11.Connection(h11.SERVER)
            while await self._one(stream, connection):
                connection.start_next_cycle()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.hung_up += 1
        finally:
            await trio.aclose_forcefully(stream)

    async def _one(self, stream: trio.SocketStream, connection: h11.Connection) -> bool:
        request, body = None, b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.receive_some())
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        self.keys.append(headers.get("authorization", ""))

        async def send(status: int, kind: str, chunks) -> None:
            head = [("content-type", kind), ("transfer-encoding", "chunked")]
            await stream.send_all(connection.send(h11.Response(status_code=status, headers=head)))
            async for chunk in chunks:
                await stream.send_all(connection.send(h11.Data(data=chunk)))
            await stream.send_all(connection.send(h11.EndOfMessage()))

        if self.failures:
            self.failures -= 1
            await send(503, "application/json", _once(b'{"error": {"message": "overloaded"}}'))
            return True
        match request.target.decode():
            case "/v1/chat/completions":
                asked = json.loads(body)
                self.chats.append(asked)
                await send(200, "text/event-stream", self._chat(asked))
            case "/v1/audio/transcriptions":
                self.uploads.append(body)
                await send(
                    200, "application/json", _once(json.dumps({"text": " hello there"}).encode())
                )
            case "/v1/audio/speech":
                asked = json.loads(body)
                self.speeches.append(asked)
                sound = synthesize(asked["input"], 24000).astype("<i2").tobytes()
                await send(200, "audio/pcm", _pieces(sound))
        return True

    async def _chat(self, asked: Body):
        for delta in self.answer(asked):
            if isinstance(delta, float):
                await trio.sleep(delta)
                continue
            chunk = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": asked["model"],
                "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
            }
            yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


async def _once(data: bytes):
    yield data


async def _pieces(data: bytes):
    for at in range(0, len(data), 1001):
        yield data[at : at + 1001]


def says(*pieces: str) -> Answer:
    return lambda asked: [{"content": piece} for piece in pieces]


def calls(name: str, arguments: str) -> list[Body]:
    """The deltas of one tool call, its arguments in two pieces."""
    half = len(arguments) // 2
    function = {"name": name, "arguments": arguments[:half]}
    return [
        {"tool_calls": [{"index": 0, "id": "call-1", "type": "function", "function": function}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": arguments[half:]}}]},
    ]
