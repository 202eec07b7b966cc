"""The real rooms without sockets: calls talk with them in the same JSON, in virtual time."""

import contextlib
import itertools

import trio

from actors.call import protocol
from actors.errors import CallEnded, RefusedError
from actors.room.outbox import Farewell, Outbox
from actors.room.rooms import House, Rooms
from actors.room.tokens import Signer

SECRET = "a secret of the tests, long enough to sign with"


class InMemoryRoom:
    """One room; `channel` is what `Call(signalling=...)` takes."""

    def __init__(self, name="lobby"):
        self.name = name
        self.rooms = Rooms(House(Signer(SECRET, clock=trio.current_time)))
        self.channels = []

    def channel(self, join):
        channel = InMemoryChannel(self, join)
        self.channels.append(channel)
        return channel


class InMemoryChannel:
    """One participant's way into the room. See `actors.call.signalling.RoomChannel`."""

    numbers = itertools.count()

    def __init__(self, room, join):
        self._room = room
        self._join = join
        self._outbox = Outbox(overflow=self._overflow)
        self._ended = ""

    def _overflow(self):
        self._ended = "too slow"

    async def run(self, *, task_status):
        try:
            self._meeting, self._seat = self._room.rooms.join(
                self._room.name, self._join, self._outbox
            )
        except protocol.ProtocolError as error:
            raise RefusedError(str(error), code=error.code) from error
        task_status.started(await self.receive())
        try:
            await trio.sleep_forever()
        finally:
            with contextlib.suppress(protocol.ProtocolError, KeyError):
                self._room.rooms.hear(self._meeting, self._seat, protocol.Leave())

    def send(self, message):
        if self._ended:
            raise CallEnded(self._ended)
        read = protocol.parse_client(protocol.to_json(message))
        self._room.rooms.hear(self._meeting, self._seat, read)

    async def receive(self):
        while True:
            text = await self._outbox.get()
            if isinstance(text, Farewell):
                self._ended = "the room said farewell"
                raise CallEnded(self._ended)
            message = protocol.parse_server(text)
            if message is not None:
                return message
