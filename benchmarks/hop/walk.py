"""How long an interruption takes."""

import time
from statistics import median

import attrs
import trio
import trio.testing

from benchmarks.hop.actors import Frame, Relay
from runtime import Actor, Context, Graph, In, Out, SpeechRole, open_graph

ROUNDS = 200


@attrs.frozen
class Voice(Actor):
    """Speaks as fast as it may."""

    outlet = Out[Frame](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        while True:
            await self.outlet.send(Frame(0, turn=ctx.floor + 1))


@attrs.frozen
class Wall(Actor):
    """Takes nothing."""

    inlet = In[Frame]()

    async def run(self, ctx: Context) -> None:
        await trio.sleep_forever()


def microseconds() -> float:
    """The median time of `interrupt` over a branch of 10 links, all full."""

    async def main() -> float:
        voice, wall, relays = Voice(), Wall(), [Relay() for _ in range(9)]
        outlets = [voice.outlet, *(relay.outlet for relay in relays)]
        inlets = [*(relay.inlet for relay in relays), wall.inlet]
        graph = Graph(*(a >> b for a, b in zip(outlets, inlets, strict=True)))
        taken: list[float] = []
        async with open_graph(graph) as running:
            for turn in range(1, ROUNDS + 1):
                await trio.testing.wait_all_tasks_blocked()
                assert all(link.depth == 16 for link in running.statistics().links)
                began = time.perf_counter()
                running.interrupt(turn)
                taken.append(time.perf_counter() - began)
        return median(taken) * 1e6

    return trio.run(main)
