"""The caller as an actor: it keeps the call's own tick, so that both sides have one clock."""

from __future__ import annotations

import attrs
import numpy as np
import trio

from actors.call.roster import ParticipantEvent
from callboard.cli.caller.script import Part, Script
from callboard.cli.caller.tape import Tape
from media import AudioFrame
from runtime import Actor, Context, In, Out, Overflow

WAITING_FRAMES = 250
"""Five seconds of a loop that is late: the tape has no holes but what the call itself skips."""


@attrs.define(eq=False)
class Progress:
    """What the command that runs the caller looks at."""

    script: Script
    tape: Tape = attrs.field(factory=Tape)
    present: dict[str, str] = attrs.field(factory=dict[str, str])
    """Everybody who was there: name by id."""
    connected: set[str] = attrs.field(factory=set[str])
    first_connected: float | None = None
    """When media first could flow, on Trio's clock."""
    done: trio.Event = attrs.field(factory=trio.Event)


@attrs.frozen
class ScriptedCaller(Actor):
    """Says what the script says and keeps all that is heard."""

    progress: Progress

    audio = In[AudioFrame](capacity=WAITING_FRAMES, overflow=Overflow.DROP_NEWEST)
    participants = In[ParticipantEvent]()
    microphone = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        """Go on until the call ends."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, ctx)
            await self._keep_time()
            nursery.cancel_scope.cancel()
        self.progress.done.set()

    async def _keep_time(self) -> None:
        progress = self.progress
        script, tape = progress.script, progress.tape
        async for frame in self.audio:
            said = script.step(tape.length, frame.samples[:, 0], connected=bool(progress.connected))
            tape.add(said, frame)
            await self.microphone.send(AudioFrame(said[:, np.newaxis], frame.sample_rate))
            if script.part is Part.DONE:
                progress.done.set()

    async def _watch(self, ctx: Context) -> None:
        progress = self.progress
        async for event in self.participants:
            who = event.participant
            match event.kind:
                case "connected":
                    progress.connected.add(who.id)
                    if progress.first_connected is None:
                        progress.first_connected = ctx.now()
                case "disconnected" | "left":
                    progress.connected.discard(who.id)
                case _:
                    progress.present[who.id] = who.name
