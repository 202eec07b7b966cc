"""People who meet in a real room, over the fake engine, in virtual time, and lose what they can."""

import json
import random

import attrs
import structlog
import trio
from fake_engine import open_fake_engine

from actors import protocol
from actors.call.meeting import CallLife
from actors.call.signalling import MAX_WAITING
from actors.errors import CallEnded, CallError
from actors.room.outbox import Farewell, Outbox
from actors.room.rooms import House, Rooms
from actors.room.tokens import Signer
from callboard.testing.clock import run_virtual
from runtime import Children
from runtime.run import Run

SECRET = "a secret of the tests, long enough to sign with"


class Channel:
    """A way into the room whose socket a test can take away and give back."""

    def __init__(self, stage, join):
        self._stage = stage
        self._join = join
        self._inbox, self._from_room = trio.open_memory_channel(1000)
        self._later = []
        self._key = None
        self.connected = self._taken = False
        self.cuts = 0

    def connect(self):
        """Join, or resume; a pump reads what the room says."""
        rooms = self._stage.rooms
        outbox = Outbox(self._cut)
        join = self._join if self._key is None else attrs.evolve(self._join, resume=self._key)
        self.meeting, self.seat = rooms.join("lobby", join, outbox)
        self._rooms, self._outbox, self.connected = rooms, outbox, True
        self._scope = trio.CancelScope()
        self._stage.nursery.start_soon(self._pump, outbox, self._scope)

    def disconnect(self):
        """The socket is gone."""
        self._key = self._rooms.fresh_key(self.meeting, self.seat)
        self.connected = self._taken = False
        self._scope.cancel()
        self._rooms.lost(self.meeting, self.seat, self._outbox, trio.current_time())

    def leave(self):
        self._rooms.hear(self.meeting, self.seat, protocol.Leave())

    def _cut(self):
        self.cuts += 1

    async def _pump(self, outbox, scope):
        with scope:
            while not isinstance(text := await outbox.get(), Farewell):
                self._inbox.send_nowait(protocol.parse_server(text))
            self._inbox.close()

    def send(self, message):
        if not self.connected or not self._taken:
            if len(self._later) == MAX_WAITING:
                raise CallError(f"{MAX_WAITING} messages wait for a room that does not answer")
            self._later.append(message)
            return
        said = protocol.parse_client(json.dumps(json.loads(protocol.to_json(message))))
        self._rooms.hear(self.meeting, self.seat, said)

    async def receive(self):
        try:
            message = await self._from_room.receive()
        except trio.EndOfChannel:
            raise CallEnded("the call was left") from None
        if isinstance(message, protocol.Joined):
            self._take(message)
        return message

    def _take(self, joined):
        """What waits goes out now, but no old signals to a meeting that begins anew."""
        self._taken = True
        later, self._later = self._later, []
        for message in later:
            if joined.resumed or not isinstance(message, protocol.Signal):
                self.send(message)


class Somebody:
    """A participant: its meeting, and everything that it was told."""

    def __init__(self, stage, name, **join):
        self.name = name
        self.stage = stage
        self.channel = Channel(stage, protocol.Join(name=name, **join))
        self.events = []
        self.messages = []
        self.heard_from = {}
        self.ended = None
        self.scope = trio.CancelScope()

    async def run(self):
        log = structlog.get_logger()
        run = Run(observe=None, seed=None, in_thread=None, log=log, content=True)
        with self.scope:
            async with self.stage.engine.open_line() as self.line:
                self.meeting = CallLife(
                    self.line,
                    self.channel,
                    self,
                    open_port=lambda servers: self.line.open_port(servers=servers),
                    children=lambda: Children(run, self.name, random.Random, 5, 10.0),
                    log=log,
                )
                self.channel.connect()
                self.ended = await self.meeting.run(await self.channel.receive())

    def leaves(self):
        self.channel.leave()
        self.scope.cancel()

    @property
    def id(self):
        return self.channel.seat.id

    @property
    def ports(self):
        return self.line.ports

    def told(self, kind):
        return [event.participant.name for event in self.events if event.kind == kind]

    # What a meeting tells

    def heard(self, heard):
        for voice in heard.voices:
            if voice.source is not None:
                self.heard_from[voice.source] = trio.current_time()

    def participant(self, event):
        self.events.append(event)

    def message(self, message):
        self.messages.append(message)

    def played(self, played):
        pass


class Stage:
    def __init__(self, engine, nursery):
        self.engine = engine
        self.nursery = nursery
        self.opened = 0
        self.rooms = None
        self.restart()

    def restart(self):
        """A new server with the same secret."""
        signer = Signer(SECRET, clock=trio.current_time)
        self.rooms = Rooms(House(signer))

    def comes(self, name, **join):
        somebody = Somebody(self, name, **join)
        self.nursery.start_soon(somebody.run)
        return somebody

    async def all_come(self, *names):
        people = [self.comes(name) for name in names]
        await trio.sleep(1)
        return people

    async def expire(self):
        while True:
            await trio.sleep(0.1)
            self.rooms.expire(trio.current_time())


def on_stage(body, seed=0, **network):
    async def main():
        async with open_fake_engine(**network) as engine, trio.open_nursery() as nursery:
            stage = Stage(engine, nursery)
            nursery.start_soon(stage.expire)
            await body(stage)
            nursery.cancel_scope.cancel()

    run_virtual(main, seed=seed)
