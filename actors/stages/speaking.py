"""The actor that speaks."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import ClassVar

import attrs
import trio

from actors.errors import EngineFailedError
from actors.stages.language.sentences import ClauseSplitter, speakable
from actors.stages.language.tables import Language, language
from actors.stages.messages import Planned, Text, Word
from actors.stages.protocols import Spoken, Voice
from actors.stages.stock import stock_voice
from media import AudioFrame
from runtime import Actor, Context, In, Kept, Out, Replay, SpeechRole, TurnEnded, TurnStarted

_AHEAD = 1
"""Clauses that are synthesized while another one is being sent."""


@attrs.define
class SpeakingCheckpoint:
    """How far the turn that is being spoken has come; outlives a crash."""

    turn: int = -1
    clauses: int = 0
    """Clauses that have left whole."""
    clause: int = -1
    """The clause in hand, and the samples of the turn's audio before it."""
    begun: int = 0
    samples: int = 0
    """All audio of the turn that has left."""
    read: int = -1
    """The turn whose text was read last."""
    failed: set[int] = attrs.field(factory=set[int])
    """Clauses at which the voice failed; at the second failure the clause is skipped."""


@attrs.frozen
class ClausesOfTurn:
    """The clauses of one turn, as they become known."""

    turn: int
    clauses: trio.MemoryReceiveChannel[str]


@attrs.frozen
class ClauseAudio:
    """A stretch of audio and the clause that it belongs to, `start` samples into the clause."""

    clause: int
    start: int
    text: str
    spoken: Spoken


@attrs.frozen
class Speaking(Actor):
    """Says the reply, sentence by sentence, the first clause early.

    `clauses` tells each clause, with its words' times, before its audio leaves. After a crash the
    next life has the clause in hand made again, and goes on at the sample where the last one
    stood. A clause at which the voice fails twice is left out. An interruption ends the turn where
    it stands.

    Attributes:
        voice: turns text into audio; hibari where it is installed, else one without a sound.
    """

    voice: Voice = attrs.field(factory=stock_voice)

    renamed: ClassVar[Mapping[str, str]] = {"planned": "clauses"}

    text = In[Text](optional=True, capacity=64, replay=Replay.TURN)
    """The reply in pieces, from `Thinking`."""
    audio = Out[AudioFrame](speech=SpeechRole.BEGINS, capacity=3)
    """The agent's speech, between its turns' marks."""
    clauses = Out[Planned](speech=SpeechRole.BEGINS, capacity=64)
    """Each clause with its words' times, before its audio leaves."""

    progress = Kept[SpeakingCheckpoint](SpeakingCheckpoint)

    async def run(self, ctx: Context) -> None:
        """Live once: one task reads texts into scripts, the other speaks them in order."""
        give, scripts = trio.open_memory_channel[ClausesOfTurn](math.inf)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.voice.warm, ctx.in_thread)
            nursery.start_soon(self._read, give)
            async for script in scripts:
                with ctx.turn_scope(script.turn):
                    await self._speak(ctx, script)

    async def _read(self, scripts: trio.MemorySendChannel[ClausesOfTurn]) -> None:
        splitter = ClauseSplitter(self._table)
        turn = -1
        give: trio.MemorySendChannel[str] | None = None
        with scripts:
            async for text in self.text:
                if text.turn != turn or give is None:
                    if give is not None:
                        give.close()
                    turn, splitter = text.turn, ClauseSplitter(self._table)
                    self.progress.read = turn
                    give, clauses = trio.open_memory_channel[str](math.inf)
                    scripts.send_nowait(ClausesOfTurn(turn, clauses))
                for clause in splitter.feed(text.text) + (splitter.finish() if text.final else []):
                    give.send_nowait(clause)
                if text.final:
                    give.close()
                    give = None
            if give is not None:
                give.close()

    async def _speak(self, ctx: Context, script: ClausesOfTurn) -> None:
        progress = self.progress
        if progress.turn != script.turn:
            progress.turn, progress.clauses, progress.clause = script.turn, 0, -1
            progress.begun = progress.samples = 0
            progress.failed.clear()
        self.audio.mark(TurnStarted(script.turn))
        give, stretches = trio.open_memory_channel[ClauseAudio](_AHEAD)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._synthesize, ctx, script, give)
            async for stretch in stretches:
                await self._send(script.turn, stretch)
        progress.clauses = progress.clause + 1
        seconds = progress.samples / self.voice.sample_rate
        await self.clauses.send(Planned(script.turn, "", start=seconds, final=True))
        self.audio.mark(TurnEnded(script.turn))
        if progress.read == script.turn:
            self.text.done()

    async def _synthesize(
        self, ctx: Context, script: ClausesOfTurn, stretches: trio.MemorySendChannel[ClauseAudio]
    ) -> None:
        done, failed = self.progress.clauses, self.progress.failed
        index = -1
        with stretches:
            async for clause in script.clauses:
                index += 1
                if index < done:
                    continue
                start = 0
                try:
                    async with aclosing(self._say(ctx, clause)) as spoken:
                        async for each in spoken:
                            await stretches.send(
                                ClauseAudio(index, start, _text(clause, each), each)
                            )
                            start += len(each.audio)
                except Exception:
                    if index in failed:
                        self.progress.clauses = index + 1
                    failed.add(index)
                    raise

    async def _say(self, ctx: Context, clause: str) -> AsyncGenerator[Spoken, None]:
        silent = True
        async with aclosing(
            self.voice.speak(speakable(clause, self._table), ctx.in_thread)
        ) as spoken:
            async for each in spoken:
                if each.audio.sample_rate != self.voice.sample_rate or each.audio.channels != 1:
                    raise EngineFailedError(
                        f"{type(self.voice).__name__} gave audio of {each.audio.format}, and it "
                        f"says that it gives {self.voice.sample_rate} Hz mono."
                    )
                silent = False
                yield each
        if silent:
            ctx.log.warning("the voice gave no sound for a clause", letters=len(clause))

    async def _send(self, turn: int, stretch: ClauseAudio) -> None:
        progress = self.progress
        if stretch.clause != progress.clause:
            progress.clauses, progress.clause = stretch.clause, stretch.clause
            progress.begun = progress.samples
        audio, first = stretch.spoken.audio, progress.begun + stretch.start
        start = first / audio.sample_rate
        words = tuple(
            Word(word.text, start + word.start, start + word.end) for word in stretch.spoken.words
        )
        await self.clauses.send(Planned(turn, stretch.text, start, words, audio.duration))
        step = audio.sample_rate // 50
        for at in range(max(0, progress.samples - first), len(audio), step):
            part = audio[at : at + step]
            await self.audio.send(part.evolve(turn=turn, pts=progress.samples))
            progress.samples += len(part)

    @property
    def _table(self) -> Language:
        return language(self.voice.language)


def _text(clause: str, spoken: Spoken) -> str:
    """Return the part of the clause that a stretch says: all of it, unless it came in pieces."""
    whole = not spoken.words or len(spoken.words) == len(clause.split())
    return clause if whole else " ".join(word.text for word in spoken.words)
