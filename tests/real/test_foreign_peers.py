"""WebRTC stacks of others, both ways: theirs hears ours, ours hears theirs, whoever offers.

Opt-in: `npm install --prefix tests/real/foreign`, then CALLBOARD_FOREIGN_PEERS=1.
"""

from __future__ import annotations

import base64
import json
import math
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio
from talk_command import talking

from actors.call.playout import Outgoing
from actors.call.port import Connected, ConnectionFailed, Signal
from actors.call.webrtc import open_media_engine
from media.opus import OpusDecoder, OpusEncoder

FOREIGN = Path(__file__).parent / "foreign"
ECHO = Path(__file__).parents[2] / "examples" / "agents" / "echo.py"
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


def node() -> str:
    """Node's program."""
    program = shutil.which("node")
    if program is None or not (FOREIGN / "node_modules").exists():
        pytest.fail("Foreign peers need Node: npm install --prefix tests/real/foreign")
    return program


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
    process = await trio.lowlevel.open_process(
        [node(), str(FOREIGN / script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
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


async def call_with(
    script: str, *arguments: str, they_offer: bool, enough: Callable[[list[Any]], bool]
) -> list[bytes]:
    """Our tone to the far side until it says that it has heard enough: what came back."""
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
                    case ConnectionFailed(reason):
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
        with trio.fail_after(30):
            await connected.wait()
            packets = cycle(tone(OURS, 1.0))  # 440 whole waves
            while not (enough(heard) and len(came) >= 120):
                for packet in islice(packets, await line.tick()):
                    line.playout.put(Outgoing(packet, 960, 1))
                came += [each.packet.payload for each in port.received()]
        nursery.cancel_scope.cancel()
    return came


@pytest.mark.parametrize("they_offer", [True, False], ids=["they offer", "we offer"])
def test_googles_webrtc_hears_us_and_we_hear_it(they_offer: bool) -> None:
    def enough(heard: list[Any]) -> bool:
        # Second by second: the first are stretched, and a busy machine stretches more of them.
        return any(each["hertz"] == pytest.approx(OURS, rel=0.05) for each in heard)

    came = trio.run(lambda: call_with("wrtc.cjs", they_offer=they_offer, enough=enough))
    assert hertz_of(came) == pytest.approx(THEIRS, rel=0.02)


@pytest.mark.parametrize("certificate", ["ecdsa", "rsa"])
@pytest.mark.parametrize("they_offer", [True, False], ids=["they offer", "we offer"])
def test_werift_takes_our_packets_and_we_take_them_back(certificate: str, they_offer: bool) -> None:
    def enough(heard: list[Any]) -> bool:
        return any(each["packets"] >= 100 for each in heard)

    came = trio.run(
        lambda: call_with("werift.cjs", certificate, they_offer=they_offer, enough=enough)
    )
    assert hertz_of(came) == pytest.approx(OURS, rel=0.02)


def test_werift_is_a_participant_and_hears_its_own_tone_from_the_echo(tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    said.write_text(json.dumps([base64.b64encode(each).decode() for each in tone(OURS, 3.0)]))

    async def main() -> bytes:
        async with talking(str(ECHO)) as url:
            command = [node(), str(FOREIGN / "participant.mjs"), url, str(said), "6"]
            return (await trio.run_process(command, capture_stdout=True)).stdout

    heard = [base64.b64decode(each) for each in json.loads(trio.run(main))]
    with OpusDecoder(RATE, 1) as decoder:
        samples = np.concatenate([decoder.decode(each)[:, 0] for each in heard])[-3 * RATE :]
    seconds = samples.astype(np.float64).reshape(-1, RATE)
    loudest = seconds[np.argmax((seconds**2).sum(axis=1))]
    assert np.abs(np.fft.rfft(loudest)).argmax() == pytest.approx(OURS, abs=2)
