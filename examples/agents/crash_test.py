"""The stage that speaks dies every few seconds, and the call goes on.

`callboard talk crash_test.py` prints a report of each crash. `--arg every=SECONDS` sets the pace.
"""

import attrs
import trio

from callboard import (
    Actor,
    Call,
    Context,
    Conversation,
    Graph,
    Group,
    In,
    Microphone,
    Out,
    Overflow,
    Played,
    Speaking,
    SpeechRole,
    Text,
)


@attrs.frozen
class Storyteller(Actor):
    """Counts aloud for ever, a few numbers a turn."""

    played = In[Played](overflow=Overflow.DROP_NEWEST, capacity=64)
    text = Out[Text](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        first = 1
        while True:
            turn = ctx.new_turn()
            numbers = ", ".join(str(number) for number in range(first, first + 10))
            await self.text.send(Text(f"{numbers}. ", turn, final=True))
            first = 1 if first > 90 else first + 10
            async for played in self.played:
                if played.turn == turn and played.final:
                    break


@attrs.frozen
class FragileSpeaking(Speaking):
    """Speaks, and dies `every` seconds."""

    every: float = 5.0

    async def run(self, ctx: Context) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.die)
            await super().run(ctx)

    async def die(self) -> None:
        await trio.sleep(self.every)
        raise RuntimeError("this stage dies on purpose")


def agent(call: Call) -> Graph:
    storyteller, conversation = Storyteller(), Conversation()
    speaking = FragileSpeaking(every=float(call.args.get("every", 5)))
    microphone = Microphone(sample_rate=24000)
    return Graph(
        storyteller.text >> speaking.text,
        speaking.audio >> microphone.audio,
        microphone.wire >> call.microphone,
        speaking.clauses >> conversation.clauses,
        call.played >> storyteller.played,
        call.played >> conversation.played,
        conversation.captions >> call.events,
        groups={"voice": Group([speaking, microphone])},
    )
