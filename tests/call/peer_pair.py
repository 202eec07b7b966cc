"""Two peers with nothing between them but signals, which a test may delay, lose or count."""

import contextlib

import attrs
import trio
from fake_engine import open_fake_engine

from actors.call.peer import Peer
from callboard.testing.clock import run_virtual


class Side:
    """One peer, its line, and everything that it told."""

    def __init__(self, pair, name, line, **settings):
        self.name = name
        self.line = line
        self.told = []
        self.sent = []
        self.breaks = None
        self._pair = pair
        self.scope = trio.CancelScope()
        settings = {"offers": name == "newcomer", **settings}
        self.peer = Peer("other", open_port=self._open, send=self._send, observer=self, **settings)
        self.ports_opened = 0

    @contextlib.asynccontextmanager
    async def _open(self):
        self.ports_opened += 1
        async with self.line.open_port() as port:
            if self.breaks is not None:
                breaks, self.breaks = self.breaks, None
                raise breaks
            yield port

    def _send(self, signal):
        self.sent.append((trio.current_time(), signal))
        self._pair.carry(self, signal)

    @property
    def port(self):
        (port,) = self.line.ports
        return port

    def connected(self, participant):
        self.told.append((trio.current_time(), "connected"))

    def disconnected(self, participant, reason):
        self.told.append((trio.current_time(), reason))

    def crashed(self, participant, error):
        self.told.append((trio.current_time(), error))

    def times(self, what="connected"):
        return [at for at, told in self.told if told == what]

    async def run(self):
        with self.scope:
            await self.peer.run()


@attrs.define(eq=False)
class Pair:
    """The newcomer, who offers, and the one who was there."""

    nursery: trio.Nursery
    delay: float = 0.0
    loses: object = lambda side, signal: False
    sides: list = attrs.field(factory=list)

    def carry(self, side, signal):
        if not self.loses(side, signal):
            self.nursery.start_soon(self._deliver, side, signal)

    async def _deliver(self, side, signal):
        await trio.sleep(self.delay)
        (other,) = (each for each in self.sides if each is not side)
        other.peer.take(attrs.evolve(signal, to=None, sender="other"))

    def start(self):
        for side in self.sides:
            self.nursery.start_soon(side.run)

    async def settle(self, seconds):
        """Let time go by, with media both ways."""
        await trio.sleep(seconds)
        for side in self.sides:
            side.peer.received()


def on_pair(body, host=None, **settings):
    """Run `body(pair, newcomer, host)` in virtual time; `host` are further settings of its peer."""

    async def main():
        async with (
            open_fake_engine() as engine,
            engine.open_line() as one,
            engine.open_line() as two,
            trio.open_nursery() as nursery,
        ):
            pair = Pair(nursery, **settings)
            pair.sides = [Side(pair, "newcomer", one), Side(pair, "host", two, **(host or {}))]
            nursery.start_soon(fetch, pair)
            await body(pair, *pair.sides)
            nursery.cancel_scope.cancel()

    async def fetch(pair):
        # A call fetches what came at every tick; by that a port knows that it hears.
        while True:
            await trio.sleep(0.02)
            for side in pair.sides:
                side.peer.received()

    run_virtual(main)
