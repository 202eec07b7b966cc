"""An agent for Callboard: `callboard talk my_agent.py` opens a room in which it answers."""

from collections.abc import AsyncGenerator

import attrs

from callboard import (
    Call,
    Conversation,
    Graph,
    Group,
    Hearing,
    InThread,
    Microphone,
    Snapshot,
    Speaking,
    Thinking,
    Turns,
    Vad,
)


@attrs.frozen
class Mind:
    """What the agent answers. Exchange it for yours: rules, a database, a language model."""

    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Load or connect what the first answer would wait for."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the answer in pieces of any size; each sentence is spoken as soon as it is whole."""
        said = conversation.items[-1].text
        yield f"You said: {said}"


def agent(call: Call) -> Graph:
    """Wire what happens between the person's voice and the agent's."""
    vad, turns, hearing = Vad(), Turns(), Hearing()
    conversation, thinking, speaking = Conversation(), Thinking(Mind()), Speaking()
    microphone = Microphone(sample_rate=24000)
    return Graph(
        call.voices >> vad.audio,
        vad.voiced >> turns.voiced,
        turns.speech >> hearing.speech,
        hearing.words >> turns.words,
        hearing.words >> conversation.said,
        call.messages >> conversation.typed,
        conversation.asked >> thinking.asked,
        conversation.asked >> turns.asked,
        thinking.text >> speaking.text,
        speaking.planned >> conversation.planned,
        speaking.audio >> microphone.audio,
        microphone.wire >> call.microphone,
        microphone.wire >> vad.playing,
        call.played >> conversation.played,
        call.played >> turns.played,
        conversation.captions >> call.events,
        turns.state >> call.events,
        groups={
            "ears": Group([vad, turns, hearing]),
            "mind": Group([conversation, thinking]),
            "voice": Group([speaking, microphone]),
        },
    )
