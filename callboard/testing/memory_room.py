"""The real room without sockets: calls talk with it in the same JSON, in virtual time."""

import contextlib
from collections.abc import Callable

import trio

from actors import protocol
from actors.errors import CallEnded, RefusedError
from actors.protocol import ClientMessage, Joined, ServerMessage
from actors.room.meeting import Meeting, Seat
from actors.room.outbox import Farewell, Outbox
from actors.room.rooms import House, Rooms
from actors.room.tokens import Signer

_SECRET = "signs resume keys that never leave this process"


class MemoryRoom:
    """One room; its `channel` is what `Call(signalling=...)` takes.

    Attributes:
        rooms: the server's own, without its sockets.
        channels: everybody's way into it, in order of arrival.
        name: the room's name.
    """

    def __init__(self, name: str = "lobby") -> None:
        self.name = name
        self.rooms = Rooms(House(Signer(_SECRET, clock=trio.current_time)))
        self.channels: list[MemoryChannel] = []

    def channel(self, join: protocol.Join) -> "MemoryChannel":
        """Return a call's way into this room."""
        channel = MemoryChannel(self, join)
        self.channels.append(channel)
        return channel


class MemoryChannel:
    """One participant's way into a room. See `actors.call.signalling.RoomChannel`."""

    def __init__(self, room: MemoryRoom, join: protocol.Join) -> None:
        self._room = room
        self._join = join
        self._outbox = Outbox(overflow=self._overflow)
        self._seat: tuple[Meeting, Seat] | None = None
        self._ended = ""
        self.lost: Callable[[], None] = lambda: None
        """Never called: memory loses nothing."""

    def _overflow(self) -> None:
        self._ended = "this call took no messages of its room"

    async def run(self, *, task_status: trio.TaskStatus[Joined]) -> None:
        """Join, and stay until cancelled. Raises `RefusedError`."""
        try:
            meeting, seat = self._room.rooms.join(self._room.name, self._join, self._outbox)
        except protocol.ProtocolError as error:
            raise RefusedError(str(error), code=error.code) from error
        self._seat = meeting, seat
        joined = await self.receive()
        assert isinstance(joined, Joined), "a room's first word is `joined`"
        task_status.started(joined)
        try:
            await trio.sleep_forever()
        finally:
            with contextlib.suppress(protocol.ProtocolError, KeyError):
                self._room.rooms.hear(meeting, seat, protocol.Leave())

    def send(self, message: ClientMessage) -> None:
        """Send at once. Raises `CallEnded`."""
        if self._ended or self._seat is None:
            raise CallEnded(self._ended or "this call has not joined yet")
        read = protocol.parse_client(protocol.to_json(message))
        self._room.rooms.hear(*self._seat, read)

    async def receive(self) -> ServerMessage:
        """The room's next message. Raises `CallEnded`."""
        while True:
            text = await self._outbox.get()
            if isinstance(text, Farewell):
                self._ended = "the room said farewell"
                raise CallEnded(self._ended)
            message = protocol.parse_server(text)
            if message is not None:
                return message
