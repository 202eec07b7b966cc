"""What devices cost while nobody uses them, and a reader while it reads."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import trio

from actors.devices import Device, open_devices
from benchmarks.devices.meeting import two_in_a_call
from benchmarks.media.table import Row
from callboard import Session

SECONDS = 5.0
DEVICES = 50


async def cores(seconds: float = SECONDS) -> float:
    """Share of a core that this process takes while it sleeps."""
    began, cpu = time.perf_counter(), time.process_time()
    await trio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - began)


async def _unattached() -> float:
    async with open_devices() as devices:
        for number in range(DEVICES):
            make = devices.microphone if number % 2 else devices.speaker
            make(f"device {number}")
        return await cores()


def _plugged(session: Session, stack: ExitStack, kind: int) -> Device:
    make = session.microphone if kind % 2 else session.speaker
    return stack.enter_context(make(f"device {kind}"))


async def _attached() -> tuple[float, float]:
    """The call alone, and with so many idle devices; in turns, for the machine is not alone."""
    alone: list[float] = []
    plugged: list[float] = []
    async with two_in_a_call() as (ada, _):
        for _ in range(3):
            alone.append(await cores(3))
            with ExitStack() as stack:
                for number in range(DEVICES):
                    _plugged(ada, stack, number)
                plugged.append(await cores(3))
    return min(alone), min(plugged)


async def _reading() -> tuple[float, float]:
    """Added cores and reads a second of one speaker at 3200 bytes a read."""
    async with two_in_a_call() as (ada, bob):
        alone = await cores(3)
        speaker, microphone = bob.speaker(), ada.microphone()
        began, cpu = time.perf_counter(), time.process_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(microphone.write, bytes(32_000 * 20))
            for _ in range(100):
                assert len(await speaker.read(1600)) == 3200
            nursery.cancel_scope.cancel()
        seconds = time.perf_counter() - began
        return (time.process_time() - cpu) / seconds - alone, 100 / seconds


def rows() -> Iterator[Row]:
    yield Row(f"{DEVICES} idle devices, no call", trio.run(_unattached), "cores", limit=0.05)
    alone, plugged = trio.run(_attached)
    yield Row(
        f"{DEVICES} idle devices in a call, added", max(0.0, plugged - alone), "cores",
        "the call", alone, 0.05,
    )  # fmt: skip
    added, reads = trio.run(_reading)
    yield Row("a writer and a reader of 3200 bytes, added", max(0.0, added), "cores", limit=0.05)
    yield Row("reads of 3200 bytes a second, at least", reads, "", limit=9.9, at_least=True)
