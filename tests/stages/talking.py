"""A scripted assistant: what it says, and one that remembers what it was asked."""

from collections.abc import AsyncGenerator

import attrs

from actors.stages.messages import Item, Snapshot
from actors.stages.protocols import InThread
from callboard import Call, Conversation, Graph, Hearing, Microphone, Speaking, Thinking, Turns, Vad
from callboard.testing.lab import Agent, CallLab
from runtime import Actor
from runtime.ports import Wire

GREETING = "Hi Alice, how are you?"
STORY = (
    "Once upon a time there was an actor who forgot his lines. "
    "He stood on the stage and said nothing at all."
)
REPLIES = {
    "hello there": (GREETING, 0.3),
    "tell me a story": (STORY, 0.3),
    "*": ("I do not know.", 0.3),
}


def scripted(lab: CallLab) -> CallLab:
    """Let the agent hear in 0.2 s, think in 0.3 s and begin to speak in 0.05 s."""
    lab.script(hearing=0.2, thinking=REPLIES, speaking=0.05)
    return lab


@attrs.frozen
class Witness:
    """A mind that answers by `REPLIES` and keeps what it was asked with."""

    asked: list[tuple[Item, ...]] = attrs.field(factory=list)
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        self.asked.append(conversation.items)
        reply = REPLIES.get(conversation.items[-1].text, REPLIES["*"])
        yield reply[0]


@attrs.frozen
class Stages:
    """The stock assistant around a call: its stages, and the wires between them."""

    call: Call
    turns: Turns = attrs.field(factory=Turns)
    thinking: Thinking = attrs.field(factory=Thinking)
    speaking: Speaking = attrs.field(factory=Speaking)
    vad: Vad = attrs.field(factory=Vad)
    hearing: Hearing = attrs.field(factory=Hearing)
    conversation: Conversation = attrs.field(factory=Conversation)
    microphone: Microphone = attrs.field(factory=lambda: Microphone(sample_rate=24000))

    @property
    def wires(self) -> list[Wire]:
        call, turns, conversation = self.call, self.turns, self.conversation
        return [
            call.voices >> self.vad.audio,
            self.vad.voiced >> turns.voiced,
            turns.speech >> self.hearing.speech,
            self.hearing.words >> turns.words,
            self.hearing.words >> conversation.transcripts,
            call.messages >> conversation.chat,
            conversation.prompts >> self.thinking.prompts,
            conversation.prompts >> turns.prompts,
            self.thinking.text >> self.speaking.text,
            self.speaking.clauses >> conversation.clauses,
            self.speaking.audio >> self.microphone.audio,
            self.microphone.wire >> call.microphone,
            self.microphone.wire >> self.vad.playing,
            call.played >> conversation.played,
            call.played >> turns.played,
            conversation.captions >> call.events,
            turns.state >> call.events,
        ]


def assistant_wires(call: Call) -> Stages:
    return Stages(call)


def assistant_with(**stages: Actor) -> Agent:
    """The assistant with stages of one's own: `turns=Turns(...)`."""

    def agent(call: Call) -> Graph:
        return Graph(*Stages(call, **stages).wires)

    return agent
