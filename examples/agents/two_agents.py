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
    Dialogue,
    Graph,
    Group,
    In,
    InThread,
    Out,
    ParticipantEvent,
    RuleMind,
    Snapshot,
    SpeechRole,
    Text,
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
    text = Out[Text](speech=SpeechRole.BEGINS)

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


def conversing(call: Call, talk: Dialogue) -> list[Wire]:
    """The wires of one agent; the two write nothing to each other."""
    return [
        call.voices >> talk.voices,
        call.played >> talk.played,
        talk.audio >> call.microphone,
        talk.events >> call.events,
    ]


def agent(call: Call) -> Graph:
    solving = conversing(attrs.evolve(call, name="Pupil"), Dialogue(mind=RuleMind()))
    teacher, opening = Dialogue(mind=Teacher()), Opening("What is one plus one?")
    return Graph(
        *conversing(call, teacher),
        call.participants >> opening.participants,
        opening.text >> teacher.say,
        groups={"pupil": Group([Visitor(Graph(*solving))])},
    )
