"""The actor that listens."""

from __future__ import annotations

from contextlib import aclosing

import attrs
import trio

from actors.errors import EngineFailedError, name
from actors.stages.messages import Transcript
from actors.stages.protocols import Ear, Utterance
from actors.stages.stock import stock_ear
from media import AudioFrame
from runtime import Actor, Context, In, Kept, Out, Overflow, Replay, TurnEnded, TurnStarted

_KEPT_TURNS = 16
"""Turns that are known to be finished; a link replays the last one only."""


@attrs.frozen
class Hearing(Actor):
    """Turns the audio of each turn into words: partials while it grows, then one final.

    A life that ends in the middle of a turn leaves the turn's audio to the next. When the ear
    fails twice in one turn, the final says `failed`, and the call goes on.

    Attributes:
        ear: turns speech into words; Moonshine where it is installed, else one that understands
            nothing.
    """

    ear: Ear = attrs.field(factory=stock_ear)

    speech = In[AudioFrame](
        optional=True, capacity=500, overflow=Overflow.DROP_OLDEST, replay=Replay.TURN
    )
    """The audio of each turn, between its marks, from `Turns`."""
    words = Out[Transcript]()
    """Transcripts of each turn: partial ones, then one final."""

    failed_once = Kept[set[int]](set)
    finished = Kept[set[int]](set)
    """Turns whose final words have left: what a link replays of them is not heard again."""

    async def run(self, ctx: Context) -> None:
        """Live once: read marks and frames, with one task for each turn."""
        utterance: Utterance | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.ear.warm, ctx.in_thread)
            async for item in self.speech.with_marks():
                match item:
                    case TurnStarted(turn, source):
                        if utterance is not None:
                            utterance.end()
                            utterance = None
                        if turn in self.finished:
                            continue
                        utterance = Utterance(turn, source=source)
                        nursery.start_soon(self._hear, ctx, utterance)
                    case TurnEnded():
                        if utterance is not None:
                            utterance.end()
                            utterance = None
                    case AudioFrame() if utterance is not None:
                        utterance.append(item)
                    case _:
                        pass
            if utterance is not None:
                utterance.end()

    async def _hear(self, ctx: Context, utterance: Utterance) -> None:
        started = ctx.now()
        final = False
        try:
            async with aclosing(self.ear.hear(utterance, ctx.in_thread)) as readings:
                async for heard in readings:
                    final = heard.final
                    ended = started + len(utterance) / utterance.sample_rate
                    await self.words.send(
                        Transcript(
                            heard.text, final, utterance.turn, utterance.source, started, ended
                        )
                    )
                    if final:
                        self._finish(utterance.turn)
            if not final:
                raise EngineFailedError(f"{type(self.ear).__name__} ended without a final reading.")
        except Exception as error:
            if utterance.turn not in self.failed_once:
                # The supervisor reports it, and the next life is given the turn again.
                self.failed_once.add(utterance.turn)
                raise
            # Its message may quote what was said.
            ctx.log.error("hearing failed twice in a turn", turn=utterance.turn, error=name(error))
            ended = started + len(utterance) / utterance.sample_rate
            await self.words.send(
                Transcript("", True, utterance.turn, utterance.source, started, ended, failed=True)
            )
            self._finish(utterance.turn)

    def _finish(self, turn: int) -> None:
        self.finished.add(turn)
        self.failed_once.discard(turn)
        self.finished.difference_update([old for old in self.finished if old < turn - _KEPT_TURNS])
