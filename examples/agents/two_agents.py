"""Two agents in one room talk with each other: one asks sums, one solves them. Join and listen.

Each has its own place in the call, its own ears, its own voice and its own turns: the second one's
graph runs inside of an actor of the first one's, so they come and leave together.
"""

from collections.abc import AsyncGenerator

import attrs

from callboard import (
    Actor,
    Call,
    Context,
    Conversation,
    Graph,
    Group,
    Hearing,
    In,
    InThread,
    Microphone,
    Mind,
    Out,
    ParticipantEvent,
    RuleMind,
    Snapshot,
    Speaking,
    Text,
    Thinking,
    Turns,
    Vad,
    Wire,
)


@attrs.frozen
class Teacher:
    """Asks the next sum whatever the answer was."""

    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        number = sum(item.role == "agent" for item in conversation.items) + 2
        yield f"Good. What is {number} plus {number}?"


@attrs.frozen
class Opening(Actor):
    """Asks the first question as soon as the other agent can hear it."""

    question: str

    participants = In[ParticipantEvent]()
    text = Out[Text](spoken=True)

    async def run(self, ctx: Context) -> None:
        async for event in self.participants:
            if event.kind == "connected" and event.participant.agent:
                await self.text.send(Text(self.question, ctx.new_turn(), final=True))
                return


@attrs.frozen
class Visitor(Actor):
    """Another agent: its graph is this actor's life."""

    graph: Graph

    async def run(self, ctx: Context) -> None:
        await self.graph.run()


def conversing(call: Call, mind: Mind) -> tuple[list[Wire], Speaking]:
    """The wires of one agent, and what it speaks with."""
    vad, turns, hearing = Vad(), Turns(), Hearing()
    conversation, thinking, speaking = Conversation(), Thinking(mind), Speaking()
    microphone = Microphone(sample_rate=24000)
    wires = [
        call.voices >> vad.audio,
        vad.voiced >> turns.voiced,
        turns.speech >> hearing.speech,
        hearing.words >> turns.words,
        hearing.words >> conversation.said,
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
    ]
    return wires, speaking


def agent(call: Call) -> Graph:
    solving, _ = conversing(attrs.evolve(call, name="Pupil"), RuleMind())
    asking, teacher = conversing(call, Teacher())
    opening = Opening("What is one plus one?")
    return Graph(
        *asking,
        call.participants >> opening.participants,
        opening.text >> teacher.text,
        groups={"pupil": Group([Visitor(Graph(*solving))])},
    )
