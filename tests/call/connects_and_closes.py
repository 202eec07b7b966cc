"""Run by test_footprint.py under `python -X dev`: real connections made and closed, over and over.

Prints what the process held after each ten.
"""

import sys

import trio
from footprint import footprint

from actors.call.port import Connected, Signal
from actors.call.webrtc import open_media_engine

CYCLES = int(sys.argv[1])


async def carry(here, there, connected):
    async for event in here.events:
        if isinstance(event, Signal):
            await there.signal(event.data)
        elif event == Connected():
            connected.set()


async def connect_and_close(engine):
    """A line with two ports: connected, a packet each way, closed."""
    async with (
        engine.open_line() as line,
        line.open_port(loopback=True) as left,
        line.open_port(loopback=True) as right,
        trio.open_nursery() as nursery,
    ):
        both = trio.Event(), trio.Event()
        nursery.start_soon(carry, left, right, both[0])
        nursery.start_soon(carry, right, left, both[1])
        await left.start()
        with trio.fail_after(10):
            for connected in both:
                await connected.wait()
            got = [False, False]
            while not all(got):
                got = [
                    seen or bool(port.received())
                    for seen, port in zip(got, (left, right), strict=True)
                ]
                await line.tick()
        nursery.cancel_scope.cancel()


async def main():
    async with open_media_engine() as engine:
        for cycle in range(1, CYCLES + 1):
            await connect_and_close(engine)
            if not cycle % 10:
                held = footprint()
                print(cycle, f"{held.megabytes:.2f}", held.threads, held.files, flush=True)


trio.run(main)
