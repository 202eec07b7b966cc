"""Chains of actors, written the plain way."""

import attrs

from benchmarks.hop import gates
from runtime import Actor, Context, Graph, In, Out, Overflow, wire


@attrs.define
class Frame:
    """Stands for 20 ms of audio."""

    pts: int
    turn: int | None = None


@attrs.frozen
class Relay(Actor):
    """What every stage does: receive, send."""

    inlet = In[Frame]()
    outlet = Out[Frame]()

    async def run(self, ctx: Context) -> None:
        async for frame in self.inlet:
            await self.outlet.send(frame)


@attrs.frozen
class Head(Actor):
    """Sends `frames` at once into the chain and waits for them to come back, `rounds` times."""

    rounds: int
    frames: int
    gates: gates.Gates
    inlet = In[Frame]()
    outlet = Out[Frame]()

    async def run(self, ctx: Context) -> None:
        await self.gates.begin()
        frame = Frame(0)
        for _ in range(self.rounds):
            for _ in range(self.frames):
                await self.outlet.send(frame)
            for _ in range(self.frames):
                await self.inlet.receive()
        self.gates.end()


async def chain(stages: int, rounds: int, frames: int, at: gates.Gates) -> None:
    head, relays = Head(rounds, frames, at), [Relay() for _ in range(stages - 1)]
    actors = [head, *relays]
    await Graph(
        *(a.outlet >> b.inlet for a, b in zip(actors, relays, strict=False)),
        wire(actors[-1].outlet, head.inlet, overflow=Overflow.DROP_NEWEST),
    ).run()


def microseconds(graphs: int, stages: int, rounds: int, frames: int) -> float:
    return gates.microseconds(chain, graphs, stages, rounds, frames)
