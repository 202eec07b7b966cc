"""The actor that answers."""

from __future__ import annotations

from contextlib import aclosing

import attrs
import trio

from actors.stages.language.tables import language
from actors.stages.messages import Snapshot, Text
from actors.stages.minds.rule_mind import RuleMind
from actors.stages.protocols import Mind
from runtime import Actor, Context, In, Out, Overflow, Replay


@attrs.frozen
class Thinking(Actor):
    """Gives the reply to each question, in pieces as the mind gives them.

    Ended by its turn: an interruption cancels the mind where it waits. When the mind fails, the
    fallback answers; without one, or when that fails too, the agent says so aloud and the failure
    is reported as a crash.
    """

    mind: Mind = attrs.field(factory=RuleMind)
    fallback: Mind | None = None

    asked = In[Snapshot](optional=True, overflow=Overflow.LATEST, replay=Replay.TURN)
    text = Out[Text](spoken=True)

    async def run(self, ctx: Context) -> None:
        """Live once: one question after the other."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.mind.warm, ctx.in_thread)
            async for snapshot in self.asked:
                with ctx.turn_scope(snapshot.turn):
                    await self._answer(ctx, snapshot)

    async def _answer(self, ctx: Context, snapshot: Snapshot) -> None:
        if snapshot.unheard:
            await self._say(snapshot.turn, language(self.mind.language).not_heard)
            return
        try:
            await self._reply(ctx, self.mind, snapshot)
        except Exception:
            if self.fallback is None:
                await self._say(snapshot.turn, language(self.mind.language).not_thought)
                raise
            ctx.log.exception("the mind failed; its fallback answers", turn=snapshot.turn)
            await self._fall_back(ctx, self.fallback, snapshot)

    async def _fall_back(self, ctx: Context, mind: Mind, snapshot: Snapshot) -> None:
        try:
            await self._reply(ctx, mind, snapshot)
        except Exception:
            await self._say(snapshot.turn, language(mind.language).not_thought)
            raise

    async def _reply(self, ctx: Context, mind: Mind, snapshot: Snapshot) -> None:
        async with aclosing(mind.reply(snapshot, ctx.in_thread)) as pieces:
            async for piece in pieces:
                await self.text.send(Text(piece, snapshot.turn))
        await self.text.send(Text("", snapshot.turn, final=True))

    async def _say(self, turn: int, phrase: str) -> None:
        await self.text.send(Text(phrase, turn))
        await self.text.send(Text("", turn, final=True))
