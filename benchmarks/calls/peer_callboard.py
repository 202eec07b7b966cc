"""Callboard: each call is a whole graph on one shared engine; what is heard goes out again.

Jitter buffer, decoding to 16 kHz, voice detection, one more actor and encoding are all in it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import trio

from actors import protocol
from actors.call.call import Call
from actors.call.port import MediaEngine
from actors.call.webrtc import open_media_engine
from actors.errors import CallEnded
from actors.stages.messages import VoicedFrame
from actors.stages.vad import Vad
from benchmarks.calls.wire import reply, usage
from media import AudioFrame
from runtime import Actor, Context, Graph, In, Out, open_graph

FAR, OWN = "far", "own"


class Line:
    """A room of two, over the orchestrator's pipe: an offer in, an answer out."""

    def __init__(self, offer: str) -> None:
        self.answered = trio.Event()
        self.sdp = ""
        self._offer = offer
        self._send, self._receive = trio.open_memory_channel[protocol.ServerMessage](8)

    async def run(self, *, task_status: trio.TaskStatus[protocol.Joined]) -> None:
        own = protocol.Participant(id=OWN, name="echo", agent=True)
        task_status.started(
            protocol.Joined(
                id=OWN, room="bench", session="s", resumed=False, resume="r", participants=(own,)
            )
        )
        far = protocol.Participant(id=FAR, name="far", playing=True)
        await self._send.send(protocol.ParticipantJoined(far))
        offer = {"type": "offer", "sdp": self._offer}
        await self._send.send(protocol.Signal(sender=FAR, description=offer))
        await trio.sleep_forever()

    def send(self, message: protocol.ClientMessage) -> None:
        if isinstance(message, protocol.Signal) and message.description is not None:
            self.sdp = str(message.description["sdp"])
            self.answered.set()

    async def receive(self) -> protocol.ServerMessage:
        try:
            return await self._receive.receive()
        except trio.EndOfChannel:
            raise CallEnded("the pipe is closed") from None


@attrs.frozen
class Echo(Actor):
    """Says what the detector passes on."""

    heard = In[VoicedFrame]()
    said = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for voiced in self.heard:
            await self.said.send(voiced.frame)


def echoing(call: Call) -> Graph:
    vad, echo = Vad(), Echo()
    return Graph(call.voices >> vad.audio, vad.voiced >> echo.heard, echo.said >> call.microphone)


async def run_call(line: Line, engine: MediaEngine, wire_up: Callable[[Call], Graph]) -> None:
    call = Call("http://127.0.0.1:1/bench", "echo", engine=engine, signalling=lambda _: line)
    async with open_graph(wire_up(call)) as running:
        await running.wait()


async def main(
    wire_up: Callable[[Call], Graph] = echoing,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop,
) -> None:
    async with open_media_engine(new_loop=new_loop) as engine, trio.open_nursery() as nursery:

        async def answer(question: dict[str, Any]) -> dict[str, Any]:
            line = Line(question["sdp"])
            nursery.start_soon(run_call, line, engine, wire_up)
            await line.answered.wait()
            return {"sdp": line.sdp}

        await serve(answer)
        nursery.cancel_scope.cancel()


async def serve(answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """As `benchmarks.calls.wire.serve`, on Trio."""
    lines = trio.lowlevel.FdStream(sys.stdin.fileno())
    rest = b""
    async for data in lines:
        *whole, rest = (rest + data).split(b"\n")
        for each in whole:
            question = json.loads(each)
            match question["ask"]:
                case "usage":
                    reply(usage())
                case "close":
                    reply({})
                    return
                case _:
                    reply(await answer(question))


if __name__ == "__main__":
    trio.run(main)
