"""Agents in one room: real graphs, real rooms, the fake engine, virtual time."""

import contextlib
import math
from collections.abc import Callable

import attrs
import numpy as np
import trio
from fake_engine import open_fake_engine

from actors.call.call import Call
from callboard.testing.clock import run_virtual
from callboard.testing.memory_room import MemoryRoom
from callboard.testing.virtual_engine import run_on_network
from media import AudioFrame
from runtime import Actor, Graph, In, Out, SpeechRole, TurnEnded, open_graph

RATE = 16_000


def tone(hertz, seconds, rate=RATE):
    times = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * math.pi * hertz * times)).astype(np.int16)[:, None]


@attrs.frozen(eq=False)
class Says(Actor):
    """Runs `script(actor, ctx)`, which sends frames."""

    script: Callable
    audio = Out[AudioFrame](speech=SpeechRole.BEGINS)

    async def run(self, ctx):
        await self.script(self, ctx)


@attrs.frozen(eq=False)
class Notes(Actor):
    """Keeps everything that comes, with its time."""

    kept: list
    inlet = In[object](capacity=1000)

    async def run(self, ctx):
        async for item in self.inlet:
            self.kept.append((trio.current_time(), item))


async def speak(actor, turn, seconds, hertz=440):
    """Send a tone of one turn, frame by frame, as fast as it is taken."""
    samples = tone(hertz, seconds)
    for start in range(0, len(samples), RATE // 50):
        await actor.audio.send(AudioFrame(samples[start : start + RATE // 50], RATE, turn=turn))
    actor.audio.mark(TurnEnded(turn))


class Stage:
    """A room, an engine, and calls that run in it."""

    def __init__(self, room, engine):
        self.room = room
        self.engine = engine

    def call(self, name, **settings):
        return Call(
            "http://127.0.0.1:1/lobby",
            name,
            engine=self.engine,
            signalling=self.room.channel,
            **settings,
        )


def on_network(body, network, seed=0):
    """Run `body(stage)` in virtual time over the real engine and a bad network."""

    async def main(engine):
        return await body(Stage(MemoryRoom(), engine))

    return run_on_network(main, network, seed=seed)


def on_stage(body, **network):
    """Run `body(stage)` in virtual time."""

    async def main():
        async with open_fake_engine(**network) as engine:
            await body(Stage(MemoryRoom(), engine))

    run_virtual(main)


@contextlib.asynccontextmanager
async def playing(*wires, **options):
    """A graph of these wires, running and ready."""
    async with open_graph(Graph(*wires), **options) as running:
        await running.wait_ready()
        yield running
