"""The actor that knows whose turn it is."""

from __future__ import annotations

import attrs
import trio

from actors.call.events import State
from actors.call.played import Played
from actors.stages.backlog import Backlog
from actors.stages.language.sentences import plain
from actors.stages.language.tables import language
from actors.stages.messages import Transcript, TurnOver, VoicedFrame
from actors.stages.turntaking.decisions import (
    Began,
    Decision,
    Ended,
    Failed,
    Idle,
    Interrupted,
    Paused,
    Resumed,
)
from actors.stages.turntaking.machine import Floor, TurnMachine
from actors.stages.turntaking.rules import TurnRules
from media import AudioFrame
from runtime import Actor, Context, In, Out, Overflow, TurnEnded, TurnStarted


@attrs.frozen
class Turns(Actor):
    """Gives out turns: who speaks, from where to where, and what that does to the agent's voice.

    `speech` carries a person's turn, pre-roll included, between `TurnStarted` and `TurnEnded`.
    While the person pauses it carries nothing, so an ear may decode meanwhile; the held silence
    follows if the person goes on.

    Attributes:
        rules: the times (see `TurnRules`).
        language: BCP-47 tag of the rules on words; a language without a table has none.
    """

    rules: TurnRules = attrs.field(factory=TurnRules)
    language: str = "en"

    voiced = In[VoicedFrame](optional=True, capacity=25, overflow=Overflow.DROP_OLDEST)
    words = In[Transcript](optional=True)
    played = In[Played](optional=True, overflow=Overflow.LATEST)
    speech = Out[AudioFrame](capacity=500, overflow=Overflow.DROP_OLDEST)
    state = Out[State](spoken=False)
    ended = Out[TurnOver](spoken=False)

    async def run(self, ctx: Context) -> None:
        """Live once. A turn that was open in an earlier life is over; a held voice goes on."""
        ctx.resume_speech(ctx.floor)
        life = _Life(self, ctx)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(life.follow_frames)
            nursery.start_soon(life.follow_words)
            nursery.start_soon(life.follow_play_out)


class _Life:
    """One life of `Turns`: feeds the machine and carries out what it decides."""

    def __init__(self, turns: Turns, ctx: Context) -> None:
        self._ports = turns
        self._ctx = ctx
        self._rules = turns.rules
        self._machine = TurnMachine(turns.rules, language(turns.language))
        self._backlogs: dict[str | None, Backlog] = {}
        self._held: list[AudioFrame] = []
        self._turn = 0
        self._awaited: int | None = None  # the turn whose final words will be answered
        self._state = ""
        self._one_at_a_time = trio.Lock()

    async def follow_frames(self) -> None:
        async for voiced in self._ports.voiced:
            async with self._one_at_a_time:
                await self._frame(voiced)

    async def follow_words(self) -> None:
        async for words in self._ports.words:
            async with self._one_at_a_time:
                now = self._ctx.now()
                if words.turn == self._turn and self._machine.floor is not Floor.QUIET:
                    await self._do(self._machine.heard(now, words.text, final=words.final))
                elif words.final and words.turn == self._awaited:
                    self._awaited = None
                    expected = bool(plain(words.text)) or words.failed
                    await self._do(self._machine.answered(now, expected=expected))

    async def follow_play_out(self) -> None:
        async for played in self._ports.played:
            async with self._one_at_a_time:
                if played.turn >= self._ctx.floor:
                    now = self._ctx.now()
                    await self._do(
                        self._machine.played(now, playing=played.playing, final=played.final)
                    )

    async def _frame(self, voiced: VoicedFrame) -> None:
        machine, source, frame = self._machine, voiced.source, voiced.frame
        backlog = self._backlogs.get(source)
        if backlog is None:
            backlog = self._backlogs[source] = Backlog(self._rules)
        has_floor = machine.floor is not Floor.QUIET and machine.owner == source
        if has_floor:
            self._held.append(frame)
        else:
            backlog.add(frame, waiting=machine.floor is not Floor.QUIET)
        now = self._ctx.now()
        decisions = machine.voiced(
            now, source, speech=voiced.speech, duration=voiced.frame.duration
        )
        await self._do(decisions)
        if has_floor and machine.owner == source and not machine.pausing(now):
            await self._send(self._held)

    async def _do(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            await self._carry_out(decision)
        state = self._machine.state
        if state != self._state:
            self._state = state
            await self._ports.state.send(State(state))

    async def _carry_out(self, decision: Decision) -> None:
        match decision:
            case Began(source):
                await self._begin(source)
            case Paused():
                self._ctx.pause_speech(self._turn - 1)
            case Resumed():
                self._ctx.resume_speech(self._turn - 1)
            case Interrupted():
                self._ctx.interrupt(self._turn - 1)
            case Ended(source, reason):
                self._held.clear()
                self._ports.speech.mark(TurnEnded(self._turn, source))
                if reason not in ("false", "backchannel"):
                    self._awaited = self._turn
                await self._ports.ended.send(TurnOver(self._turn, source, reason))
            case Idle():
                await self._ports.ended.send(TurnOver(self._turn, None, "idle"))
            case Failed():
                self._ctx.log.warning("no sound came of the reply", turn=self._turn)

    async def _begin(self, source: str | None) -> None:
        self._turn = self._ctx.new_turn()
        self._held.clear()
        self._ports.speech.mark(TurnStarted(self._turn, source))
        await self._send(self._backlogs[source].take())

    async def _send(self, frames: list[AudioFrame]) -> None:
        waiting, frames[:] = list(frames), []
        for frame in waiting:
            await self._ports.speech.send(frame.evolve(turn=self._turn))
