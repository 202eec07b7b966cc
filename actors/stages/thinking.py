"""The actor that answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import aclosing
from typing import ClassVar

import attrs
import trio

from actors.errors import EngineFailedError, name
from actors.stages.language.tables import language
from actors.stages.messages import Snapshot, Text
from actors.stages.minds.rule_mind import RuleMind
from actors.stages.protocols import Mind
from runtime import Actor, Context, In, Kept, Out, Overflow, Replay, SpeechRole

_REST = 0.1
"""Seconds before a mind is asked again, at most; doubled each time."""


@attrs.define
class ThinkingCheckpoint:
    """What has left of the reply to a turn; outlives a crash."""

    turn: int = -1
    text: str = ""
    spoiled: bool = False
    """The mind has failed over this turn."""


@attrs.frozen
class Thinking(Actor):
    """Gives the reply to each question, in pieces as the mind gives them.

    Ended by its turn: an interruption cancels the mind where it waits. A life that ends in the
    middle of a reply leaves its question to the next, which goes on where the reply broke off.
    When the mind fails before its first word it is asked again; when it goes on failing, the
    fallback answers; without one, or when that fails too, the agent says so aloud and the failure
    is reported as a crash.

    Attributes:
        mind: what answers; the rule-based one needs nothing.
        fallback: what answers when the mind fails.
        attempts: how often the mind is asked, with rests of 0.1, 0.2, ... s between.
        patience: seconds to the first word, attempts and all, after which the mind has failed.
    """

    mind: Mind = attrs.field(factory=RuleMind)
    fallback: Mind | None = None
    attempts: int = attrs.field(default=3, validator=attrs.validators.ge(1), kw_only=True)
    patience: float = attrs.field(default=8.0, validator=attrs.validators.gt(0), kw_only=True)

    renamed: ClassVar[Mapping[str, str]] = {"asked": "prompts"}

    prompts = In[Snapshot](optional=True, overflow=Overflow.LATEST, replay=Replay.TURN)
    """Questions, from `Conversation`; a newer one takes the place of one that waits."""
    text = Out[Text](speech=SpeechRole.BEGINS)
    """The reply, in pieces, for `Speaking`."""

    given = Kept[ThinkingCheckpoint](ThinkingCheckpoint)

    async def run(self, ctx: Context) -> None:
        """Live once: one question after the other."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.mind.warm, ctx.in_thread)
            async for snapshot in self.prompts:
                with ctx.turn_scope(snapshot.turn):
                    await self._answer(ctx, snapshot)
                self.prompts.done()

    async def _answer(self, ctx: Context, snapshot: Snapshot) -> None:
        given = self.given
        if given.turn != snapshot.turn:
            given.turn, given.text, given.spoiled = snapshot.turn, "", False
        table = language(self.mind.language)
        if snapshot.unheard:
            await self._say(snapshot.turn, table.not_heard)
        elif given.spoiled:
            await self._fall_back(ctx, snapshot)
        else:
            try:
                await self._reply(ctx, self.mind, snapshot)
            except Exception as error:
                if self.fallback is None:
                    await self._give_up(snapshot.turn, self.mind)
                    raise
                given.spoiled = True
                # Its message may quote what was said.
                ctx.log.error(
                    "the mind failed; its fallback answers", turn=snapshot.turn, error=name(error)
                )
                await self._fall_back(ctx, snapshot)

    async def _fall_back(self, ctx: Context, snapshot: Snapshot) -> None:
        mind = self.fallback
        assert mind is not None
        try:
            await self._reply(ctx, mind, snapshot)
        except Exception:
            await self._give_up(snapshot.turn, mind)
            raise

    async def _give_up(self, turn: int, mind: Mind) -> None:
        await self._say(turn, language(mind.language).not_thought)
        self.prompts.done()  # the next life would only fail again

    async def _reply(self, ctx: Context, mind: Mind, snapshot: Snapshot) -> None:
        """Give the reply; ask again when the mind fails before its first word."""
        with trio.move_on_after(self.patience) as patience:
            attempt = 0
            while True:
                attempt += 1
                try:
                    await self._give(ctx, mind, snapshot, patience)
                except Exception as error:
                    if self.given.text or attempt == self.attempts:
                        raise
                    ctx.log.warning("the mind failed; it is asked again", error=name(error))
                    await trio.sleep(_REST * 2 ** (attempt - 1) * ctx.random.uniform(0.5, 1.0))
                else:
                    return
        if patience.cancelled_caught:
            raise EngineFailedError(
                f"{type(mind).__name__} gave no word within {self.patience:g} s."
            )

    async def _give(
        self, ctx: Context, mind: Mind, snapshot: Snapshot, patience: trio.CancelScope
    ) -> None:
        """Give the reply; what an earlier life gave of it, in the same words, is left out."""
        before, said = self.given.text, ""
        async with aclosing(mind.reply(snapshot, ctx.in_thread)) as pieces:
            async for piece in pieces:
                patience.deadline = math.inf
                said += piece
                if before.startswith(said):
                    continue
                fresh = said[len(before) :] if said.startswith(before) else f" {said}"
                before = said
                await self._send(Text(fresh, snapshot.turn))
        patience.deadline = math.inf
        await self.text.send(Text("", snapshot.turn, final=True))

    async def _say(self, turn: int, phrase: str) -> None:
        await self._send(Text(f" {phrase}" if self.given.text else phrase, turn))
        await self.text.send(Text("", turn, final=True))

    async def _send(self, text: Text) -> None:
        await self.text.send(text)
        self.given.text += text.text
