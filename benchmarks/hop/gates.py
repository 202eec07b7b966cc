"""Starting many chains at one moment, and timing them from there."""

import time
from collections.abc import Callable

import trio
import trio.testing


class Gates:
    """Each head of a chain waits at `begin` and tells `end`."""

    def __init__(self, heads: int) -> None:
        self._heads = heads
        self._ended = 0
        self._open = trio.Event()
        self._all = trio.Event()

    async def begin(self) -> None:
        await self._open.wait()

    def end(self) -> None:
        self._ended += 1
        if self._ended == self._heads:
            self._all.set()

    async def timed(self) -> float:
        """CPU seconds from the first frame to the last: start and stop are not hops."""
        await trio.testing.wait_all_tasks_blocked()
        began = time.process_time()
        self._open.set()
        await self._all.wait()
        return time.process_time() - began


def microseconds(chain: Callable[..., object], graphs: int, stages: int, rounds: int,
                 frames: int) -> float:  # fmt: skip
    """CPU a hop of `chain(stages, rounds, frames, gates)`, an async function, run so many times."""

    async def main() -> float:
        gates = Gates(graphs)
        async with trio.open_nursery() as nursery:
            for _ in range(graphs):
                nursery.start_soon(chain, stages, rounds, frames, gates)
            seconds = await gates.timed()
            nursery.cancel_scope.cancel()
        return seconds / (graphs * stages * rounds * frames) * 1e6

    return trio.run(main)
