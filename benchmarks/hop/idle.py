"""What a graph costs that waits."""

import itertools
import tracemalloc

import trio
import trio.testing

from benchmarks.hop.actors import Relay
from runtime import Graph, Overflow, wire

GRAPHS = 50


def kilobytes() -> float:
    """Memory of one idle graph of 5 actors, the mean of fifty."""

    async def main() -> float:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_graph)
            await trio.testing.wait_all_tasks_blocked()
            tracemalloc.start()
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(GRAPHS):
                nursery.start_soon(_graph)
            await trio.testing.wait_all_tasks_blocked()
            after, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            nursery.cancel_scope.cancel()
        return (after - before) / GRAPHS / 1000

    return trio.run(main)


async def _graph() -> None:
    actors = [Relay() for _ in range(5)]
    await Graph(
        *(a.outlet >> b.inlet for a, b in itertools.pairwise(actors)),
        wire(actors[-1].outlet, actors[0].inlet, overflow=Overflow.LATEST),
    ).run()
