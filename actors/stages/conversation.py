"""The actor that remembers: what was said, and of the agent's replies what was heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs
import trio

from actors.messages import Caption, ChatMessage, Played
from actors.stages.language.sentences import plain
from actors.stages.messages import Item, Planned, Snapshot, Transcript
from runtime import Actor, Context, In, Kept, Out, Overflow, Replay, SpeechRole

_MOST_ITEMS = 500
"""Older items are forgotten: a call may last for days."""

_ECHO = 1.0
"""Seconds for which a room and a network may give the agent's own voice back."""

_LULL = 2.0
"""Seconds without news of a reply after which nobody is speaking it any more."""


@attrs.define(eq=False)
class Reply:
    """A reply of the agent as it is planned and played. Times are seconds of the turn's audio."""

    turn: int
    clauses: list[Planned] = attrs.field(factory=list[Planned])
    heard: float = 0.0
    over: bool = False
    """Nothing more of it will be played."""
    stirred: float = float("-inf")
    """When it was last planned or played."""

    @property
    def text(self) -> str:
        return " ".join(_single_spaced(clause.text) for clause in self.clauses)

    @property
    def heard_text(self) -> str:
        """The beginning of `text` that was played, to the word: half of its sound or more."""
        parts = [_heard_part(clause, self.heard) for clause in self.clauses]
        return " ".join(part for part in parts if part)

    @property
    def complete(self) -> bool:
        """Whether the whole reply was planned, and heard to its last word."""
        planned = bool(self.clauses) and self.clauses[-1].final
        return planned and self.heard_text == self.text


class Memory:
    """The conversation in the order in which it was heard. Pure: no clock, no I/O."""

    def __init__(self) -> None:
        self._entries: list[Item | Reply] = []
        self._replies: dict[int, Reply] = {}
        self._last_sound = float("-inf")

    def said(self, turn: int, text: str, source: str | None) -> None:
        """Remember what a person said or typed in this turn; saying it again replaces it."""
        item = Item("user", text, turn, source)
        for i, entry in enumerate(self._entries):
            if isinstance(entry, Item) and (entry.turn, entry.source) == (turn, source):
                self._entries[i] = item
                return
        self._entries.append(item)
        del self._entries[:-_MOST_ITEMS]

    def planned(self, planned: Planned, *, at: float) -> Reply:
        """Learn of a clause that was made. It is no memory yet: nobody has heard it."""
        reply = self._reply(planned.turn)
        reply.stirred = at
        # A stage that was restarted may plan a clause again.
        reply.clauses = [each for each in reply.clauses if each.start < planned.start]
        if planned.text.strip():
            reply.clauses.append(planned)
        elif planned.final and reply.clauses:
            reply.clauses[-1] = attrs.evolve(reply.clauses[-1], final=True)
        return reply

    def played(self, turn: int, seconds: float, *, at: float, over: bool) -> Reply:
        """Learn, at the time `at`, how much of a reply has been played."""
        reply = self._reply(turn)
        if seconds > reply.heard:
            self._last_sound = at
        reply.stirred = at
        reply.heard = max(reply.heard, seconds)
        reply.over = reply.over or over
        if reply.heard_text and reply not in self._entries:
            self._entries.append(reply)
        return reply

    def ended(self, floor: int) -> list[Reply]:
        """Close all replies of turns below `floor`: nothing more of them will be played."""
        cut = [each for each in self._replies.values() if each.turn < floor and not each.over]
        for reply in cut:
            reply.over = True
        for turn in [turn for turn in self._replies if turn < floor - 8]:
            del self._replies[turn]
        return cut

    def speaking(self, turn: int, now: float) -> bool:
        """Whether a reply of an older turn than `turn` is being spoken at `now`.

        A reply whose end was never reported (its voice has died) ends with a lull.
        """
        return any(
            each.turn < turn and not each.over and now - each.stirred < _LULL
            for each in self._replies.values()
        )

    def spoke_lately(self, when: float) -> bool:
        """Whether the agent's last sound was less than an echo's time before `when`."""
        return when - self._last_sound < _ECHO

    def last_heard(self) -> str:
        return next((e.heard_text for e in reversed(self._entries) if isinstance(e, Reply)), "")

    def items(self) -> tuple[Item, ...]:
        """The conversation so far: replies only as far as they were heard."""
        return tuple(
            entry
            if isinstance(entry, Item)
            else Item("agent", entry.heard_text, entry.turn, cut=entry.over and not entry.complete)
            for entry in self._entries
        )

    def _reply(self, turn: int) -> Reply:
        if turn not in self._replies:
            self._replies[turn] = Reply(turn)
        return self._replies[turn]


def wants_answer(transcript: Transcript) -> bool:
    """Whether a transcript is the last of its turn and says something, or had better have."""
    return transcript.final and (transcript.failed or any(c.isalnum() for c in transcript.text))


def _heard_part(clause: Planned, seconds: float) -> str:
    """Return the words of a clause that were heard after `seconds` of the turn."""
    written = clause.text.split()
    if not clause.words:
        return " ".join(written) if seconds >= clause.start + clause.duration > 0 else ""
    heard = sum((word.start + word.end) / 2 <= seconds for word in clause.words)
    # A voice reads "5 km" as two other words: then the share of the words counts.
    return " ".join(written[: round(heard * len(written) / len(clause.words))])


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


_SHARE = 0.7
"""Of the words: recognisers mishear an echo here and there."""

_FEWEST = 3
"""Words: a person may well repeat one or two of the agent's."""


def is_own_words(heard: str, spoken: str) -> bool:
    """Tell whether `heard` is a stretch of what the agent has `spoken`, roughly in its order."""
    words, own = plain(heard).split(), plain(spoken).split()
    if len(words) < _FEWEST or not own:
        return False
    at = matched = 0
    for word in words:
        try:
            found = own.index(word, at)
        except ValueError:
            continue
        # Words far apart in the reply are a coincidence.
        if matched and found - at > 3:
            continue
        matched, at = matched + 1, found + 1
    return matched >= _SHARE * len(words)


@attrs.define
class ConversationCheckpoint:
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

    renamed: ClassVar[Mapping[str, str]] = {
        "said": "transcripts",
        "typed": "chat",
        "planned": "clauses",
        "asked": "prompts",
        "changed": "history",
    }

    transcripts = In[Transcript](optional=True, replay=Replay.TURN)
    """What people said, from `Hearing`."""
    chat = In[ChatMessage](optional=True)
    """What people wrote; each line gets an answer."""
    clauses = In[Planned](optional=True)
    """Each clause of a reply as its audio is made, from `Speaking`."""
    # The end of one turn and the beginning of the next may come in one tick.
    played = In[Played](
        optional=True,
        capacity=64,
        overflow=Overflow.DROP_NEWEST,
        missed="nothing that the agent says is remembered, because it is not known what was heard; "
        "wire call.played to it",
    )
    """How much of each turn was sent, from the call: what counts as heard."""
    prompts = Out[Snapshot](speech=SpeechRole.ENDS)
    """The conversation whenever a turn wants an answer, for `Thinking`."""
    history = Out[Snapshot](speech=SpeechRole.ENDS)
    """The conversation each time it changes."""
    captions = Out[Caption](speech=SpeechRole.ENDS)
    """What people say and what was heard of the agent, for everybody's page."""

    memory = Kept[Memory](Memory)
    unfinished = Kept[ConversationCheckpoint](ConversationCheckpoint)

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
        async for words in self.transcripts:
            await self._show(Caption(words.source, words.turn, words.text, final=words.final))
            if wants_answer(words):
                await self._take(ctx, words)
            if words.final:
                self.transcripts.done()

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
                waiting.append(await self.chat.receive())
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
        async for planned in self.clauses:
            await self._caption(self.memory.planned(planned, at=ctx.now()))

    async def _follow_play_out(self) -> None:
        heard = ""
        async for played in self.played:
            reply = self.memory.played(played.turn, played.seconds, at=played.at, over=played.final)
            if reply.heard_text != heard or played.final:
                heard = reply.heard_text
                await self._caption(reply)
            if played.final:
                await self.history.send(Snapshot(self.memory.items(), played.turn))

    async def _follow_cuts(self, turns: trio.MemoryReceiveChannel[int]) -> None:
        async for turn in turns:
            for reply in self.memory.ended(turn + 1):
                await self._caption(reply)
                await self.history.send(Snapshot(self.memory.items(), reply.turn))

    async def _remember(self, turn: int, text: str, source: str | None) -> None:
        if text:
            self.memory.said(turn, text, source)
            await self.history.send(Snapshot(self.memory.items(), turn))

    async def _ask(self, turn: int, *, unheard: bool = False) -> None:
        await self.prompts.send(Snapshot(self.memory.items(), turn, unheard))

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
