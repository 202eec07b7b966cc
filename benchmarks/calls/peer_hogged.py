"""Callboard while an actor hogs the Trio thread: 100 ms of bytecode each second, beside speech."""

from __future__ import annotations

import time

import attrs
import numpy as np
import trio

from actors.call.call import Call
from benchmarks.calls.peer_callboard import main
from benchmarks.calls.signal_48k import chirp
from media import AudioFrame
from runtime import Actor, Context, Graph, Out

HOGGED = 0.1


@attrs.frozen
class Talks(Actor):
    """Says one endless turn: a chirp in every 20 ms, as fast as it is taken."""

    said = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        samples = (chirp() * 32_767).astype(np.int16)[:, None]
        while True:
            await self.said.send(AudioFrame(samples, 48_000, turn=1))


@attrs.frozen
class Hog(Actor):
    """Counts for 100 ms each second, without ever letting go of the thread."""

    nothing = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        while True:
            await trio.sleep(1 - HOGGED)
            until, count = time.perf_counter() + HOGGED, 0
            while time.perf_counter() < until:
                count += 1


def hogged(call: Call) -> Graph:
    return Graph(Talks().said >> call.microphone, Hog().nothing >> call.microphone)


if __name__ == "__main__":
    trio.run(main, hogged)
