"""The DevTools protocol: numbered calls, their answers, and events of sessions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

Handler = Callable[[str, Mapping[str, Any]], None]


class DevToolsError(Exception):
    """The browser refused a call, or went away under it."""


class Connection:
    """Calls and events of one browser, over one WebSocket."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self._next = 0
        self._waiting: dict[int, trio.MemorySendChannel[Mapping[str, Any]]] = {}
        self._handlers: dict[str, Handler] = {}

    def on_event(self, session: str, handler: Handler) -> None:
        """Hands every event of a session to `handler(method, params)`."""
        self._handlers[session] = handler

    async def call(self, method: str, session: str | None = None, **params: object) -> Any:
        """One call and its result; DevToolsError where the browser refuses."""
        self._next += 1
        number = self._next
        message: dict[str, object] = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        send, receive = trio.open_memory_channel[Mapping[str, Any]](1)
        self._waiting[number] = send
        try:
            await self._socket.send_message(json.dumps(message))
            answer = await receive.receive()
        except (ConnectionClosed, trio.EndOfChannel) as error:
            raise DevToolsError(f"{method}: the browser went away.") from error
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def pump(self) -> None:
        """Reads until the browser closes; runs beside every call."""
        try:
            while True:
                message = json.loads(await self._socket.get_message())
                if (waiting := self._waiting.get(message.get("id"))) is not None:
                    waiting.send_nowait(message)
                elif (handler := self._handlers.get(message.get("sessionId", ""))) is not None:
                    handler(message["method"], message["params"])
        except ConnectionClosed:
            for waiting in self._waiting.values():
                waiting.close()
