"""A scripted assistant: what it says, and one that remembers what it was asked."""

from collections.abc import AsyncGenerator

import attrs

from actors.stages.messages import Item, Snapshot
from actors.stages.protocols import InThread
from callboard import Call, Conversation, Graph, Hearing, Microphone, Speaking, Thinking, Turns, Vad
from callboard.testing.lab import Agent, CallLab

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


def assistant_with(
    *,
    turns: Turns | None = None,
    thinking: Thinking | None = None,
    speaking: Speaking | None = None,
) -> Agent:
    """The assistant of the README, with stages of one's own."""

    def agent(call: Call) -> Graph:
        vad, turning, hearing = Vad(), turns or Turns(), Hearing()
        conversation, mind, voice = Conversation(), thinking or Thinking(), speaking or Speaking()
        microphone = Microphone(sample_rate=24000)
        return Graph(
            call.voices >> vad.audio,
            vad.voiced >> turning.voiced,
            turning.speech >> hearing.speech,
            hearing.words >> turning.words,
            hearing.words >> conversation.said,
            call.messages >> conversation.typed,
            conversation.asked >> mind.asked,
            conversation.asked >> turning.asked,
            mind.text >> voice.text,
            voice.planned >> conversation.planned,
            voice.audio >> microphone.audio,
            microphone.wire >> call.microphone,
            microphone.wire >> vad.playing,
            call.played >> conversation.played,
            call.played >> turning.played,
            conversation.captions >> call.events,
            turning.state >> call.events,
        )

    return agent
