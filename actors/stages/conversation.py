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
from runtime import Actor, Context, In, Kept, Out, Overflow


@attrs.frozen
class Conversation(Actor):
    """Keeps what was said and what was really heard, asks for replies, and writes the captions.

    What was said over a reply that was not interrupted gets no answer: it was a nod, a noise, or
    the agent's own voice from a loudspeaker. The memory outlives every crash of this actor.
    """

    said = In[Transcript](optional=True)
    typed = In[ChatMessage](optional=True)
    planned = In[Planned](optional=True)
    played = In[Played](optional=True, overflow=Overflow.LATEST)
    asked = Out[Snapshot](spoken=False)
    changed = Out[Snapshot](spoken=False)
    captions = Out[Caption](spoken=False)

    memory = Kept[Memory](Memory)

    async def run(self, ctx: Context) -> None:
        """Live once, one task an inlet."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_people, ctx)
            nursery.start_soon(self._follow_keyboards, ctx)
            nursery.start_soon(self._follow_plans)
            nursery.start_soon(self._follow_play_out)
            # What an interruption cut is closed at once, not at the next report.
            cuts, told = trio.open_memory_channel[int](16)
            ctx.on_interrupt(lambda turn: _offer(cuts, turn))
            nursery.start_soon(self._follow_cuts, told)

    async def _follow_people(self, ctx: Context) -> None:
        async for words in self.said:
            await self.captions.send(
                Caption(words.source, words.turn, words.text, final=words.final)
            )
            if not wants_answer(words):
                continue
            over_reply = self.memory.speaking(words.turn)
            if is_own_words(words.text, self.memory.last_heard()) and (
                over_reply or self.memory.spoke_lately(words.started)
            ):
                continue
            await self._remember(words.turn, words.text, words.source)
            if words.turn >= ctx.floor and not over_reply:
                await self._ask(words.turn, unheard=words.failed)

    async def _follow_keyboards(self, ctx: Context) -> None:
        async for message in self.typed:
            text = message.text
            if text is None or not text.strip():
                continue
            turn = ctx.new_turn()
            ctx.interrupt(turn - 1)
            await self._remember(turn, text.strip(), message.sender)
            await self._ask(turn)

    async def _follow_plans(self) -> None:
        async for planned in self.planned:
            await self._caption(self.memory.planned(planned))

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
            await self.captions.send(
                Caption(None, reply.turn, reply.text, final=reply.over, heard=reply.heard_text)
            )


def _offer(channel: trio.MemorySendChannel[int], turn: int) -> None:
    """Tell of a cut; sixteen that nobody has read yet say all there is to say."""
    try:
        channel.send_nowait(turn)
    except trio.WouldBlock:
        return
