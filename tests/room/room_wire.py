"""One WebSocket of a room without a network, so that it lives in virtual time."""

from __future__ import annotations

import json
from typing import Any

import trio
from starlette.websockets import WebSocket

from actors.room.line import Line
from actors.room.rooms import Rooms
from actors.room.serving import MeteredConnection


class Wire:
    """A client's end of a `Line`: what it sends, what it receives."""

    def __init__(self, connection: MeteredConnection) -> None:
        self.connection = connection
        self._up, self._to_room = trio.open_memory_channel[dict[str, Any]](10_000)
        self._from_room, self._down = trio.open_memory_channel[dict[str, Any]](10_000)
        self.reads = trio.Event()
        self.reads.set()

    def sends(self, message: dict[str, Any] | str | bytes) -> None:
        event: dict[str, Any] = {"type": "websocket.receive"}
        if isinstance(message, bytes):
            event["bytes"] = message
        else:
            event["text"] = message if isinstance(message, str) else json.dumps(message)
        self.connection.heard_at = trio.current_time()
        self._up.send_nowait(event)

    def pings(self) -> None:
        """A ping frame of WebSocket: bytes that come, and no message."""
        self.connection.heard_at = trio.current_time()

    def vanishes(self) -> None:
        self._up.send_nowait({"type": "websocket.disconnect", "code": 1006})

    async def receives(self) -> dict[str, Any]:
        """The next message; `{"closed": code}` for the close."""
        event = await self._down.receive()
        if event["type"] == "websocket.close":
            return {"closed": event["code"]}
        return json.loads(event["text"])

    @property
    def is_open(self) -> bool:
        """Whether the server still holds the socket below."""
        return self.connection.socket.fileno() != -1

    async def serve(
        self, rooms: Rooms, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """The server's task for this socket."""
        scope = {"type": "websocket", "headers": [], "path": "/lobby", "subprotocols": []}
        websocket = WebSocket(scope, self._receive, self._send)
        self._to_room_first()
        await websocket.accept()
        await self._down.receive()
        task_status.started()
        try:
            await Line(websocket, "lobby", rooms, self.connection).run()
        finally:
            self.connection.abort()

    def _to_room_first(self) -> None:
        self._up.send_nowait({"type": "websocket.connect"})

    async def _receive(self) -> dict[str, Any]:
        return await self._to_room.receive()

    async def _send(self, event: Any) -> None:
        await self.reads.wait()
        await self._from_room.send(event)


def open_wire() -> Wire:
    """A wire whose socket below is real, so that cutting it can be seen."""
    ours, theirs = trio.socket.socketpair()
    ours.close()
    return Wire(MeteredConnection(trio.SocketStream(theirs)))
