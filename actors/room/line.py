"""One WebSocket of a room: join, then read and write until one side ends it."""

from __future__ import annotations

import math

import trio
from starlette.websockets import WebSocket

from actors import protocol
from actors.protocol import ProtocolError, limits
from actors.room.meeting import Meeting, Seat
from actors.room.outbox import Bucket, Farewell, Outbox
from actors.room.rooms import Rooms
from actors.room.serving import MeteredConnection

MESSAGES_PER_SECOND = 100
MESSAGES_AT_ONCE = 400
BYTES_PER_SECOND = 512 * 1024
BYTES_AT_ONCE = 2 * 1024 * 1024
DROPPED_AT_MOST = 1000

CLOSE_CODES = {"too_large": 1009, "stopping": 1012}


class Line:
    """An accepted WebSocket, from its first message to its close."""

    def __init__(
        self, websocket: WebSocket, room: str, rooms: Rooms, connection: MeteredConnection
    ):
        self._websocket = websocket
        self._room = room
        self._rooms = rooms
        self._connection = connection
        now = trio.current_time()
        self._messages = Bucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, now)
        self._bytes = Bucket(BYTES_PER_SECOND, BYTES_AT_ONCE, now)
        self._dropped = 0
        self._complained_at = -math.inf
        self._outbox = Outbox(self._cut)

    async def run(self) -> None:
        """Serves the socket until it is closed or lost; its seat is kept where it was lost."""
        try:
            join = await self._first_message()
            if join is None:
                return
            meeting, seat = self._rooms.join(self._room, join, self._outbox)
        except ProtocolError as error:
            self._rooms.figures.refused[error.code] += 1
            refusal = protocol.Error(error.code, error.message, fatal=True)
            await self._say_farewell(_farewell(error.code, protocol.to_json(refusal)))
            return
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, nursery.cancel_scope)
                nursery.start_soon(self._watch, meeting, seat)
                await self._read(meeting, seat)
                nursery.cancel_scope.cancel()
        finally:
            self._rooms.lost(meeting, seat, self._outbox, trio.current_time())

    async def _first_message(self) -> protocol.Join | None:
        try:
            with trio.fail_after(limits.JOIN_WITHIN):
                text = await self._receive()
        except trio.TooSlowError:
            wait = f"{limits.JOIN_WITHIN:.0f} s"
            raise ProtocolError("not_joined", f"No join came within {wait}.", fatal=True) from None
        message = None if text is None else protocol.parse_client(text)
        if message is None or isinstance(message, protocol.Join):
            return message
        raise ProtocolError("not_joined", "The first message must be join.", fatal=True)

    async def _receive(self) -> str | bytes | None:
        """One message, or None when the socket is gone."""
        event = await self._websocket.receive()
        if event["type"] != "websocket.receive":
            return None
        text: str | None = event.get("text")
        return text if text is not None else b""

    async def _read(self, meeting: Meeting, seat: Seat) -> None:
        while (text := await self._receive()) is not None:
            try:
                if self._may_speak(len(text)):
                    self._rooms.hear(meeting, seat, protocol.parse_client(text))
            except ProtocolError as error:
                self._answer(error)

    def _may_speak(self, size: int) -> bool:
        now = trio.current_time()
        if self._messages.take(1, now) and self._bytes.take(size, now):
            return True
        self._dropped += 1
        fatal = self._dropped > DROPPED_AT_MOST
        if fatal or now - self._complained_at >= 1.0:
            self._complained_at = now
            raise ProtocolError(
                "rate_limited",
                f"At most {MESSAGES_PER_SECOND} messages and {BYTES_PER_SECOND // 1024} kB a "
                "second are taken; the rest is dropped.",
                fatal=fatal,
            )
        return False

    def _answer(self, error: ProtocolError) -> None:
        self._rooms.figures.errors[error.code] += 1
        message = protocol.to_json(protocol.Error(error.code, error.message, error.fatal))
        if error.fatal:
            self._outbox.end(_farewell(error.code, message))
        else:
            self._outbox.put(message)

    async def _write(self, scope: trio.CancelScope) -> None:
        while not isinstance(item := await self._outbox.get(), Farewell):
            await self._websocket.send_text(item)
        await self._say_farewell(item)
        scope.cancel()

    async def _say_farewell(self, farewell: Farewell) -> None:
        if farewell.text is not None:
            await self._websocket.send_text(farewell.text)
        await self._websocket.close(farewell.code)

    async def _watch(self, meeting: Meeting, seat: Seat) -> None:
        """Pings, and cuts a socket from which nothing comes any more.

        The bytes below the messages count: some clients keep a socket alive by the ping frames of
        WebSocket alone, which Hypercorn answers and shows to nobody.
        """
        while True:
            await trio.sleep(limits.PING_EVERY)
            if trio.current_time() - self._connection.heard_at >= limits.SILENT_FOR:
                self._connection.abort()
                return
            ping = protocol.Ping(resume=self._rooms.fresh_key(meeting, seat))
            self._outbox.put(protocol.to_json(ping))

    def _cut(self) -> None:
        self._rooms.figures.cut += 1
        self._connection.abort()


def _farewell(code: str, message: str) -> Farewell:
    return Farewell(CLOSE_CODES.get(code, 1008), message)
