"""The actor that knows whose turn it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import ClassVar

import attrs
import trio

from actors.messages import Played, State
from actors.stages.language.sentences import plain
from actors.stages.language.tables import language
from actors.stages.messages import Snapshot, Transcript, TurnOver, VoicedFrame
from actors.stages.turntaking.machine import (
    AgentState,
    Began,
    Decision,
    Ended,
    Failed,
    Floor,
    Idle,
    Interrupted,
    Paused,
    Resumed,
    TurnMachine,
    Unheard,
)
from actors.stages.turntaking.rules import TurnRules
from media import AudioFrame
from runtime import Actor, Context, In, Kept, Out, Overflow, SpeechRole, TurnEnded, TurnStarted

_LONGEST = 15.0
"""Seconds that are kept of somebody who talks while another has the floor."""


class Backlog:
    """Frames of one source: its pre-roll, or all since its onset while it waits for the floor."""

    def __init__(self, rules: TurnRules) -> None:
        self._preroll = rules.preroll + rules.onset_within
        self._frames: deque[AudioFrame] = deque()
        self._seconds = 0.0

    def add(self, frame: AudioFrame, *, waiting: bool) -> None:
        """Keep a frame; while `waiting` the old ones stay, else only the pre-roll does."""
        self._frames.append(frame)
        self._seconds += frame.duration
        # A microsecond more: twenty-one frames of 20 ms do not add up to 0.42 exactly.
        while self._seconds > (_LONGEST if waiting else self._preroll) + 1e-6:
            self._seconds -= self._frames.popleft().duration

    def take(self) -> list[AudioFrame]:
        """Return all frames, oldest first, and forget them."""
        frames = list(self._frames)
        self._frames.clear()
        self._seconds = 0.0
        return frames


@attrs.define
class TurnsCheckpoint:
    """Who has the floor, for the next life: a person in mid-sentence notices no crash."""

    turn: int = 0
    source: str | None = None
    floor: Floor = Floor.QUIET
    agent: AgentState = AgentState.LISTENING
    awaited: int | None = None
    """The turn whose final words will be answered."""
    crashed_in: int = 0
    """The turn in which a life has ended already; a second time it is given up."""


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

    renamed: ClassVar[Mapping[str, str]] = {"asked": "prompts"}

    voiced = In[VoicedFrame](optional=True, capacity=25, overflow=Overflow.DROP_OLDEST)
    """Everybody's frames, from `Vad`."""
    words = In[Transcript](optional=True)
    """The words of each turn so far, from `Hearing`: they decide how long a silence ends it."""
    # The end of one turn and the beginning of the next may come in one tick.
    played = In[Played](
        optional=True,
        capacity=64,
        overflow=Overflow.DROP_NEWEST,
        missed="it is not known when the agent speaks, so each answer counts as failed after a "
        "while; wire call.played to it",
    )
    """How much of the agent's speech was sent, from the call."""
    prompts = In[Snapshot](optional=True, overflow=Overflow.LATEST)
    """Questions that the mind is asked, from `Conversation`."""
    speech = Out[AudioFrame](capacity=500, overflow=Overflow.DROP_OLDEST)
    """The audio of each turn, between its marks."""
    state = Out[State](speech=SpeechRole.ENDS)
    """What the agent is doing, for everybody's page."""
    ended = Out[TurnOver](speech=SpeechRole.ENDS)
    """Each turn that is over, and why."""

    standing = Kept[TurnsCheckpoint](TurnsCheckpoint)

    async def run(self, ctx: Context) -> None:
        """Live once. A turn that was open in an earlier life goes on; at a second crash in it, it
        is over, and a held voice goes on."""
        life = _Life(self, ctx)
        life.restore()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(life.follow_frames)
            nursery.start_soon(life.follow_words)
            nursery.start_soon(life.follow_play_out)
            nursery.start_soon(life.follow_questions)


class _Life:
    """One life of `Turns`: feeds the machine and carries out what it decides."""

    def __init__(self, turns: Turns, ctx: Context) -> None:
        self._ports = turns
        self._ctx = ctx
        self._rules = turns.rules
        self._machine = TurnMachine(turns.rules, language(turns.language))
        self._backlogs: dict[str | None, Backlog] = {}
        self._held: list[AudioFrame] = []
        self._standing = turns.standing
        self._state = ""
        self._one_at_a_time = _OneAtATime()

    def restore(self) -> None:
        """Take up what an earlier life has left."""
        standing, now = self._standing, self._ctx.now()
        open_turn = standing.floor is not Floor.QUIET
        if open_turn and standing.crashed_in == standing.turn:
            self._ctx.resume_speech(standing.turn - 1)
            self._ports.speech.mark(TurnEnded(standing.turn, standing.source))
            standing.awaited = standing.turn
            standing.floor = Floor.QUIET
        elif open_turn:
            standing.crashed_in = standing.turn
            self._backlogs[standing.source] = Backlog(self._rules)
        self._machine.restore(now, standing.floor, standing.source, standing.agent)

    async def follow_questions(self) -> None:
        async for asked in self._ports.prompts:
            async with self._one_at_a_time:
                if asked.turn >= self._ctx.floor and asked.turn != self._standing.turn:
                    await self._do(self._machine.asked(self._ctx.now()))

    async def follow_frames(self) -> None:
        async for voiced in self._ports.voiced:
            async with self._one_at_a_time:
                await self._frame(voiced)

    async def follow_words(self) -> None:
        async for words in self._ports.words:
            async with self._one_at_a_time:
                now = self._ctx.now()
                standing = self._standing
                if words.turn == standing.turn and self._machine.floor is not Floor.QUIET:
                    await self._do(self._machine.heard(now, words.text, final=words.final))
                elif words.final and words.turn == standing.awaited:
                    standing.awaited = None
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
        machine, source = self._machine, voiced.source
        # The ear is spared the agent's own voice.
        frame = _silenced(voiced.frame) if voiced.echo else voiced.frame
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
        machine, standing = self._machine, self._standing
        standing.floor, standing.agent = machine.floor, machine.agent
        state = self._machine.state
        if state != self._state:
            self._state = state
            await self._ports.state.send(State(state))

    async def _carry_out(self, decision: Decision) -> None:
        turn = self._standing.turn
        match decision:
            case Began(source):
                await self._begin(source)
            case Paused():
                self._ctx.pause_speech(turn - 1)
            case Resumed():
                self._ctx.resume_speech(turn - 1)
            case Interrupted():
                self._ctx.interrupt(turn - 1)
            case Ended(source, reason):
                self._held.clear()
                self._ports.speech.mark(TurnEnded(turn, source))
                if reason not in ("false", "backchannel"):
                    self._standing.awaited = turn
                await self._ports.ended.send(TurnOver(turn, source, reason))
            case Unheard(source):
                await self._ports.ended.send(TurnOver(turn, source, "unheard"))
            case Idle():
                await self._ports.ended.send(TurnOver(turn, None, "idle"))
            case Failed():
                self._ctx.log.warning("no sound came of the reply", turn=turn)

    async def _begin(self, source: str | None) -> None:
        turn = self._standing.turn = self._ctx.new_turn()
        self._standing.source = source
        self._held.clear()
        self._ports.speech.mark(TurnStarted(turn, source))
        await self._send(self._backlogs[source].take())

    async def _send(self, frames: list[AudioFrame]) -> None:
        waiting, frames[:] = list(frames), []
        for frame in waiting:
            await self._ports.speech.send(frame.evolve(turn=self._standing.turn))


class _OneAtATime:
    """A lock that costs nothing while it is free; `trio.Lock` lets all others run first."""

    def __init__(self) -> None:
        self._lock = trio.Lock()

    async def __aenter__(self) -> None:
        if self._lock.locked():
            await self._lock.acquire()
        else:
            self._lock.acquire_nowait()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


def _silenced(frame: AudioFrame) -> AudioFrame:
    return AudioFrame.silence(
        len(frame), frame.sample_rate, frame.channels, pts=frame.pts, source=frame.source
    )
