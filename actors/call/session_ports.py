"""The actor that stands between a `Call` and the session that is used directly."""

from __future__ import annotations

import contextlib
from typing import Protocol

import attrs
import trio

from actors.call.messages import ChatMessage
from actors.call.roster import ParticipantEvent
from media import AudioFrame, VideoFrame
from runtime import Actor, Context, In, Kind, Out


class Plugs(Protocol):
    """What a session does with what its call gives, and gives the call. Nothing may wait."""

    def start(self, ports: SessionPorts, ctx: Context) -> None:
        """Take what this life of the ports offers."""
        ...

    def tick(self, voices: list[AudioFrame], mix: AudioFrame) -> AudioFrame | None:
        """Take 20 ms of everybody, and the mix of all; return what is to be said."""
        ...

    def see(self, frame: VideoFrame) -> None:
        """Take a picture."""
        ...

    def participant(self, event: ParticipantEvent) -> None:
        """Take news of somebody."""
        ...

    def message(self, message: ChatMessage) -> None:
        """Take what somebody sent."""
        ...


@attrs.frozen
class SessionPorts(Actor):
    """Goes by the call's tick: one frame of `audio` is one tick, and `voices` belong to it."""

    plugs: Plugs

    audio = In[AudioFrame](kind=Kind.LIVE)
    voices = In[AudioFrame](kind=Kind.LIVE, capacity=25)
    video = In[VideoFrame]()
    participants = In[ParticipantEvent](capacity=64)
    messages = In[ChatMessage](capacity=64)

    microphone = Out[AudioFrame](kind=Kind.SPEECH)
    camera = Out[VideoFrame](kind=Kind.PICTURES)
    screen = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        """Pass everything on until the call ends."""
        self.plugs.start(self, ctx)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hear)
            nursery.start_soon(self._see)
            nursery.start_soon(self._meet)
            nursery.start_soon(self._read)

    def send(self, shown: str, frame: VideoFrame) -> None:
        """Show a picture in the call; once it has ended, nobody sees it."""
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            (self.camera if shown == "camera" else self.screen).send_nowait(frame)

    async def _hear(self) -> None:
        ahead: AudioFrame | None = None
        async for mix in self.audio:
            tick: list[AudioFrame] = []
            while (frame := ahead or self._next_voice()) is not None:
                ahead = None
                if frame.pts > mix.pts:
                    ahead = frame
                    break
                if frame.pts == mix.pts:
                    tick.append(frame)
            said = self.plugs.tick(tick or [mix], mix)
            if said is not None:
                await self.microphone.send(said)

    def _next_voice(self) -> AudioFrame | None:
        try:
            return self.voices.receive_nowait()
        except (trio.WouldBlock, trio.EndOfChannel):
            return None

    async def _see(self) -> None:
        async for frame in self.video:
            self.plugs.see(frame)

    async def _meet(self) -> None:
        async for event in self.participants:
            self.plugs.participant(event)

    async def _read(self) -> None:
        async for message in self.messages:
            self.plugs.message(message)
