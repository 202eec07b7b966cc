"""The same chains of plain tasks on Trio's memory channel."""

import itertools

import trio

from benchmarks.hop import gates
from benchmarks.hop.actors import Frame

Receive = trio.MemoryReceiveChannel[Frame]
Send = trio.MemorySendChannel[Frame]


async def relay(inlet: Receive, outlet: Send) -> None:
    async for frame in inlet:
        await outlet.send(frame)


async def head(rounds: int, frames: int, inlet: Receive, outlet: Send, at: gates.Gates) -> None:
    await at.begin()
    frame = Frame(0)
    for _ in range(rounds):
        for _ in range(frames):
            await outlet.send(frame)
        for _ in range(frames):
            await inlet.receive()
    at.end()


async def chain(stages: int, rounds: int, frames: int, at: gates.Gates) -> None:
    channels = [trio.open_memory_channel[Frame](16) for _ in range(stages)]
    async with trio.open_nursery() as nursery:
        for (_, inlet), (outlet, _) in itertools.pairwise(channels):
            nursery.start_soon(relay, inlet, outlet)
        nursery.start_soon(head, rounds, frames, channels[-1][1], channels[0][0], at)


def microseconds(graphs: int, stages: int, rounds: int, frames: int) -> float:
    return gates.microseconds(chain, graphs, stages, rounds, frames)
