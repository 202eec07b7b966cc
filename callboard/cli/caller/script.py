"""The scripted caller: when it speaks, a state machine of one step a tick, and its actor."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from actors.messages import ParticipantEvent
from callboard.cli.caller.tape import RATE, TICK, Tape
from media import AudioFrame
from runtime import Actor, Context, In, Out, Overflow

QUIET = 100
"""Peak (-50 dBFS) under which nobody is taken to speak."""

SETTLED = 1.0
"""Seconds of silence before the first word: a greeting is heard out, at most `GREETING`."""
GREETING = 15.0

ANSWERED = 1.5
"""Seconds of silence that end an answer."""


class Part(Enum):
    """Where in the script the caller is."""

    WAITING = "waiting"  # for somebody whose media flows
    SETTLING = "settling"  # until nobody speaks
    SPEAKING = "speaking"
    LISTENING = "listening"  # to the answer
    DONE = "done"


class CallerScript:
    """Plays one recording after the other; each waits until the answer to the last one is over.

    Args:
        recordings: int16 `[n]` at 16 kHz.
        wait: seconds for an answer to begin.
    """

    def __init__(self, recordings: Sequence[NDArray[np.int16]], *, wait: float = 10.0) -> None:
        self._recordings = list(recordings)
        self._wait = wait
        self._next = 0
        self._position = 0
        self._since = 0.0  # seconds in this part
        self._quiet = 0.0
        self._answered = False
        self.part = Part.WAITING

    def step(self, heard: NDArray[np.int16], *, connected: bool) -> NDArray[np.int16]:
        """Take what was heard in a tick; return what to say in it."""
        loud = bool(len(heard)) and int(np.abs(heard.astype(np.int32)).max()) >= QUIET
        self._quiet = 0.0 if loud else self._quiet + TICK / RATE
        self._since += TICK / RATE
        match self.part:
            case Part.WAITING if connected:
                self._enter(Part.SETTLING)
            case Part.SETTLING if self._settled():
                self._speak_next()
            case Part.LISTENING:
                self._answered = self._answered or loud
                over = self._quiet >= ANSWERED if self._answered else self._since >= self._wait
                if over:
                    self._speak_next()
            case _:
                pass
        if self.part is Part.SPEAKING:
            self._answered = self._answered or loud
            return self._say()
        return np.zeros(TICK, np.int16)

    def _settled(self) -> bool:
        return min(self._quiet, self._since) >= SETTLED or self._since >= GREETING

    def _speak_next(self) -> None:
        if self._next == len(self._recordings):
            self._enter(Part.DONE)
            return
        self._position = 0
        self._next += 1
        self._enter(Part.SPEAKING)

    def _say(self) -> NDArray[np.int16]:
        recording = self._recordings[self._next - 1]
        piece = recording[self._position : self._position + TICK]
        self._position += TICK
        if self._position >= len(recording):
            # An answer may have begun already: some wait for no end.
            self.part, self._since = Part.LISTENING, 0.0
        return np.pad(piece, (0, TICK - len(piece)))

    def _enter(self, part: Part) -> None:
        self.part, self._since, self._answered = part, 0.0, False


WAITING_FRAMES = 250
"""Five seconds of a loop that is late: the tape has no holes but what the call itself skips."""


@attrs.define(eq=False)
class CallerProgress:
    """The state of a scripted caller, for the command that runs it."""

    script: CallerScript
    tape: Tape = attrs.field(factory=Tape)
    present: dict[str, str] = attrs.field(factory=dict[str, str])
    """Everybody who was there: name by id."""
    connected: set[str] = attrs.field(factory=set[str])
    somebody: trio.Event = attrs.field(factory=trio.Event)
    """Set when media first could flow."""
    first_connected: float | None = None
    """The moment, on Trio's clock."""
    done: trio.Event = attrs.field(factory=trio.Event)


@attrs.frozen
class ScriptedCaller(Actor):
    """Says what the script says and keeps all that is heard."""

    progress: CallerProgress

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
            said = script.step(frame.samples[:, 0], connected=bool(progress.connected))
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
                        progress.somebody.set()
                case "disconnected" | "left":
                    progress.connected.discard(who.id)
                case _:
                    progress.present[who.id] = who.name
