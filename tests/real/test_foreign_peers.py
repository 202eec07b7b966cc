"""WebRTC stacks of others, both ways: theirs hears ours, ours hears theirs, whoever offers.

Opt-in: `npm install --prefix tests/real/foreign`, then CALLBOARD_FOREIGN_PEERS=1.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio

from actors.call.playout import Outgoing
from actors.call.port import Connected, Failed, Signal
from actors.call.webrtc import open_media_engine
from media.opus import OpusDecoder, OpusEncoder

FOREIGN = Path(__file__).parent / "foreign"
RATE = 48_000
OURS = 440
THEIRS = 1000

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        os.environ.get("CALLBOARD_FOREIGN_PEERS") != "1",
        reason="Foreign WebRTC stacks are opt-in: CALLBOARD_FOREIGN_PEERS=1.",
    ),
]


class FarSide:
    """A process with somebody else's WebRTC in it."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self.send, self.told = trio.open_memory_channel[dict[str, Any]](100)

    async def read(self) -> None:
        """Take its lines until it ends."""
        rest = b""
        assert self._process.stdout is not None
        async for piece in self._process.stdout:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                await self.send.send(json.loads(line))

    async def tell(self, message: dict[str, Any]) -> None:
        """Write it a line."""
        assert self._process.stdin is not None
        await self._process.stdin.send_all(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def far_side(script: str, *arguments: str) -> AsyncGenerator[FarSide]:
    node = shutil.which("node")
    if node is None or not (FOREIGN / "node_modules").exists():
        pytest.fail("Foreign peers need Node: npm install --prefix tests/real/foreign")
    process = await trio.lowlevel.open_process(
        [node, str(FOREIGN / script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        async with trio.open_nursery() as nursery:
            far = FarSide(process)
            nursery.start_soon(far.read)
            yield far
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                await pipe.aclose()


def tone(hertz: float, seconds: float) -> list[bytes]:
    """Opus packets of 20 ms."""
    times = np.arange(round(RATE * seconds)) / RATE
    wave = (8000 * np.sin(2 * math.pi * hertz * times)).astype(np.int16).reshape(-1, 960, 1)
    with OpusEncoder() as encoder:
        return [encoder.encode(frame) for frame in wave]


def hertz_of(packets: list[bytes]) -> float:
    """The loudest frequency of the last second."""
    with OpusDecoder(RATE, 1) as decoder:
        samples = np.concatenate([decoder.decode(packet)[:, 0] for packet in packets])[-RATE:]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax()) * RATE / len(samples)


async def call_with(script: str, *arguments: str, they_offer: bool) -> tuple[list[bytes], Any]:
    """Two seconds of our tone to the far side: what came back, and what it says that it heard."""
    came: list[bytes] = []
    heard: list[Any] = []
    connected = trio.Event()
    offers = ("offer",) if they_offer else ()
    async with (
        far_side(script, *arguments, *offers) as far,
        open_media_engine() as engine,
        engine.open_line() as line,
        line.open_port(loopback=True) as port,
        trio.open_nursery() as nursery,
    ):

        async def ours() -> None:
            async for event in port.events:
                match event:
                    case Signal(data):
                        await far.tell(dict(data))
                    case Connected():
                        connected.set()
                    case Failed(reason):
                        pytest.fail(reason)
                    case _:
                        pass

        async def theirs() -> None:
            async for message in far.told:
                if "description" in message:
                    await port.signal(message)
                elif "heard" in message:
                    heard.append(message["heard"])

        nursery.start_soon(ours)
        nursery.start_soon(theirs)
        if not they_offer:
            await port.start()
        with trio.fail_after(15):
            await connected.wait()
            for packet in tone(OURS, 3.0):
                await line.tick()
                line.playout.put(Outgoing(packet, 960, None))
                came += [each.packet.payload for each in port.received()]
            while not heard:
                await line.tick()
        nursery.cancel_scope.cancel()
    return came, heard[-1]


@pytest.mark.parametrize("they_offer", [True, False], ids=["they offer", "we offer"])
def test_googles_webrtc_hears_us_and_we_hear_it(they_offer: bool) -> None:
    came, heard = trio.run(lambda: call_with("wrtc.cjs", they_offer=they_offer))
    assert heard["hertz"] == pytest.approx(OURS, rel=0.05)
    assert len(came) >= 120
    assert hertz_of(came) == pytest.approx(THEIRS, rel=0.02)


@pytest.mark.parametrize("certificate", ["ecdsa", "rsa"])
@pytest.mark.parametrize("they_offer", [True, False], ids=["they offer", "we offer"])
def test_werift_takes_our_packets_and_we_take_them_back(certificate: str, they_offer: bool) -> None:
    came, heard = trio.run(lambda: call_with("werift.cjs", certificate, they_offer=they_offer))
    assert heard["packets"] >= 100
    assert len(came) >= 100
    assert hertz_of(came) == pytest.approx(OURS, rel=0.02)
