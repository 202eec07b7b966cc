"""How long a stage that crashes is away, in real time."""

import logging
import time

import attrs
import trio

from benchmarks.hop.actors import Frame
from runtime import Actor, Context, Graph, In, Out, open_graph

TIMES = 40


@attrs.frozen
class Fragile(Actor):
    """Notes when each life is at work."""

    lives: list[float]
    again: trio.Event
    inlet = In[Frame](optional=True)
    outlet = Out[Frame]()

    async def run(self, ctx: Context) -> None:
        self.lives.append(time.perf_counter())
        if ctx.life == 2:
            self.again.set()
        await trio.sleep_forever()


def milliseconds() -> list[float]:
    """From each crash to the next life at work, in rising order; each in a graph of its own."""

    async def main() -> list[float]:
        taken: list[float] = []
        for _ in range(TIMES):
            lives: list[float] = []
            fragile, other = Fragile(lives, trio.Event()), Fragile([], trio.Event())
            async with open_graph(Graph(fragile.outlet >> other.inlet)) as running:
                await running.wait_ready()
                await trio.sleep(0.001)
                began = time.perf_counter()
                running.kill("fragile")
                await fragile.again.wait()
                taken.append((lives[1] - began) * 1000)
        return sorted(taken)

    logging.getLogger("callboard").disabled = True  # forty reports
    return trio.run(main)
