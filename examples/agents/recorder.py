"""Records a call, once somebody agrees: `callboard talk recorder.py --arg folder=recordings`.

It asks in the chat; "yes" starts the recording, "no" pauses it, and every page shows which it is.
"""

from datetime import datetime
from pathlib import Path

import attrs
import trio

from callboard import (
    Actor,
    Call,
    ChatLine,
    ChatMessage,
    Context,
    Graph,
    In,
    Out,
    ParticipantEvent,
    Recorder,
    Recording,
    SpeechRole,
)

QUESTION = 'May this call be recorded? Write "yes" or "no".'


@attrs.frozen
class Clerk(Actor):
    """Asks everybody who comes; the last answer holds."""

    participants = In[ParticipantEvent]()
    messages = In[ChatMessage]()
    consent = Out[bool](speech=SpeechRole.ENDS)
    notices = Out[ChatLine | Recording](speech=SpeechRole.ENDS)

    async def run(self, ctx: Context) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.ask)
            async for message in self.messages:
                answer = (message.text or "").strip().casefold().rstrip(".!")
                if answer in ("yes", "no"):
                    await self.consent.send(answer == "yes")
                    await self.notices.send(Recording(answer == "yes"))

    async def ask(self) -> None:
        async for event in self.participants:
            if event.kind == "connected":
                await self.notices.send(ChatLine(QUESTION, to=event.participant.id))


def agent(call: Call) -> Graph:
    folder = Path(call.args.get("folder", "."))
    clerk = Clerk()
    recorder = Recorder(folder / f"{call.room}-{datetime.now():%Y%m%d-%H%M%S}.wav")
    return Graph(
        call.participants >> clerk.participants,
        call.messages >> clerk.messages,
        clerk.notices >> call.events,
        clerk.consent >> recorder.consent,
        call.audio >> recorder.people,
    )
