"""The actor that remembers."""

from __future__ import annotations

import attrs
import trio

from actors.call.events import Caption
from actors.call.messages import ChatMessage
from actors.call.played import Played
from actors.stages.echo import is_own_words
from actors.stages.memory import Memory, Reply, wants_answer
from actors.stages.messages import Planned, Snapshot, Transcript
from runtime import Actor, Context, In, Kept, Out, Overflow, Replay


@attrs.define
class Unfinished:
    """What was taken and not yet dealt with; outlives a crash."""

    typed: list[ChatMessage] = attrs.field(factory=list[ChatMessage])
    captions: dict[tuple[str | None, int], Caption] = attrs.field(
        factory=dict[tuple[str | None, int], Caption]
    )
    """The last caption of each participant and turn: the same one is not sent twice."""


_CAPTIONS = 32
"""Captions that are remembered."""


@attrs.frozen
class Conversation(Actor):
    """Keeps what was said and what was really heard, asks for replies, and writes the captions.

    What was said over a reply that was not interrupted gets no answer: it was a nod, a noise, or
    the agent's own voice from a loudspeaker. The memory outlives every crash of this actor.
    """

    said = In[Transcript](optional=True, replay=Replay.TURN)
    typed = In[ChatMessage](optional=True)
    planned = In[Planned](optional=True)
    # The end of one turn and the beginning of the next may come in one tick.
    played = In[Played](
        optional=True,
        capacity=64,
        overflow=Overflow.DROP_NEWEST,
        missed="nothing that the agent says is remembered, because it is not known what was heard; "
        "wire call.played to it",
    )
    asked = Out[Snapshot](spoken=False)
    changed = Out[Snapshot](spoken=False)
    captions = Out[Caption](spoken=False)

    memory = Kept[Memory](Memory)
    unfinished = Kept[Unfinished](Unfinished)

    async def run(self, ctx: Context) -> None:
        """Live once, one task an inlet."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_people, ctx)
            nursery.start_soon(self._follow_keyboards, ctx)
            nursery.start_soon(self._follow_plans, ctx)
            nursery.start_soon(self._follow_play_out)
            # What an interruption cut is closed at once, not at the next report.
            cuts, told = trio.open_memory_channel[int](16)
            ctx.on_interrupt(lambda turn: _offer(cuts, turn))
            nursery.start_soon(self._follow_cuts, told)

    async def _follow_people(self, ctx: Context) -> None:
        async for words in self.said:
            await self._show(Caption(words.source, words.turn, words.text, final=words.final))
            if wants_answer(words):
                await self._take(ctx, words)
            if words.final:
                self.said.done()

    async def _take(self, ctx: Context, words: Transcript) -> None:
        over_reply = self.memory.speaking(words.turn, ctx.now())
        if is_own_words(words.text, self.memory.last_heard()) and (
            over_reply or self.memory.spoke_lately(words.started)
        ):
            return
        await self._remember(words.turn, words.text, words.source)
        if words.turn >= ctx.floor and not over_reply:
            await self._ask(words.turn, unheard=words.failed)

    async def _follow_keyboards(self, ctx: Context) -> None:
        waiting = self.unfinished.typed
        while True:
            while waiting:
                await self._answer_line(ctx, waiting[0])
                del waiting[0]
            try:
                waiting.append(await self.typed.receive())
            except trio.EndOfChannel:
                return

    async def _answer_line(self, ctx: Context, message: ChatMessage) -> None:
        text = message.text
        if text is None or not text.strip():
            return
        turn = ctx.new_turn()
        if turn > 1:
            ctx.interrupt(turn - 1)
        await self._remember(turn, text.strip(), message.sender)
        await self._ask(turn)

    async def _follow_plans(self, ctx: Context) -> None:
        async for planned in self.planned:
            await self._caption(self.memory.planned(planned, at=ctx.now()))

    async def _follow_play_out(self) -> None:
        heard = ""
        async for played in self.played:
            reply = self.memory.played(played.turn, played.seconds, at=played.at, over=played.final)
            if reply.heard_text != heard or played.final:
                heard = reply.heard_text
                await self._caption(reply)
            if played.final:
                await self.changed.send(Snapshot(self.memory.items(), played.turn))

    async def _follow_cuts(self, turns: trio.MemoryReceiveChannel[int]) -> None:
        async for turn in turns:
            for reply in self.memory.ended(turn + 1):
                await self._caption(reply)
                await self.changed.send(Snapshot(self.memory.items(), reply.turn))

    async def _remember(self, turn: int, text: str, source: str | None) -> None:
        if text:
            self.memory.said(turn, text, source)
            await self.changed.send(Snapshot(self.memory.items(), turn))

    async def _ask(self, turn: int, *, unheard: bool = False) -> None:
        await self.asked.send(Snapshot(self.memory.items(), turn, unheard))

    async def _caption(self, reply: Reply) -> None:
        if reply.text:
            await self._show(
                Caption(None, reply.turn, reply.text, final=reply.over, heard=reply.heard_text)
            )

    async def _show(self, caption: Caption) -> None:
        """Send a caption that says something new."""
        shown, key = self.unfinished.captions, (caption.participant, caption.turn)
        before = shown.get(key)
        if caption == before or not (caption.text or before):
            return
        await self.captions.send(caption)
        shown[key] = caption
        for old in list(shown)[:-_CAPTIONS]:
            del shown[old]


def _offer(channel: trio.MemorySendChannel[int], turn: int) -> None:
    """Tell of a cut; sixteen that nobody has read yet say all there is to say."""
    try:
        channel.send_nowait(turn)
    except trio.WouldBlock:
        return
