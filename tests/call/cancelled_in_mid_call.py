"""Run by test_shutdown.py under `python -X dev`: a real call is cancelled in the middle."""

import contextlib
import gc
import threading
from pathlib import Path

import trio

from actors.call.port import Connected, Signal
from actors.call.webrtc import open_media_engine


def sockets():
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the folder itself was one
            found += str(entry.readlink()).startswith("socket:")
    return found


async def carry(here, there, connected):
    async for event in here.events:
        if isinstance(event, Signal):
            await there.signal(event.data)
        elif event == Connected():
            connected.set()


async def main():
    before = sockets()
    with trio.CancelScope() as scope:
        async with (
            open_media_engine() as engine,
            engine.open_line() as line,
            line.open_port(loopback=True) as left,
            line.open_port(loopback=True) as right,
            trio.open_nursery() as nursery,
        ):
            connected = trio.Event()
            nursery.start_soon(carry, left, right, connected)
            nursery.start_soon(carry, right, left, trio.Event())
            await left.start()
            with trio.fail_after(10):
                await connected.wait()
            for _ in range(10):
                await line.tick()
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    gc.collect()
    assert sockets() == before, "sockets are left"


trio.run(main)
assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
print("nothing is left")
