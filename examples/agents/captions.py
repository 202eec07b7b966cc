"""Writes down who says what, live: on everybody's page, and in the terminal with --arg print=yes.

It says nothing itself.
"""

import attrs
import trio

from callboard import (
    Actor,
    Call,
    Caption,
    Context,
    Graph,
    Hearing,
    In,
    Kept,
    Out,
    ParticipantEvent,
    SpeechRole,
    Transcript,
    Turns,
    Vad,
)


@attrs.frozen
class Captioner(Actor):
    """Makes a caption of each reading; the final one replaces the partials of its turn."""

    printing: bool = False

    participants = In[ParticipantEvent]()
    words = In[Transcript]()
    captions = Out[Caption](speech=SpeechRole.ENDS)

    names = Kept[dict[str, str]](dict)
    """By id; kept, because whoever is there is told once."""

    async def run(self, ctx: Context) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.learn_names)
            async for words in self.words:
                if words.text:
                    await self.captions.send(
                        Caption(words.source, words.turn, words.text, final=words.final)
                    )
                if words.text and words.final and self.printing:
                    name = self.names.get(words.source or "", "Somebody")
                    print(f"{name}: {words.text}", flush=True)

    async def learn_names(self) -> None:
        async for event in self.participants:
            self.names[event.participant.id] = event.participant.name


def agent(call: Call) -> Graph:
    vad, turns, hearing = Vad(), Turns(), Hearing()
    captioner = Captioner(printing="print" in call.args)
    return Graph(
        call.voices >> vad.audio,
        vad.voiced >> turns.voiced,
        turns.speech >> hearing.speech,
        hearing.words >> turns.words,
        hearing.words >> captioner.words,
        call.participants >> captioner.participants,
        captioner.captions >> call.events,
    )
