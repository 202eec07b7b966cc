"""Plays a recording to everybody who joins: `callboard talk greeter.py --arg wav=welcome.wav`.

Without a recording it plays a chime.
"""

import attrs
import numpy as np

from callboard import (
    Actor,
    AudioFrame,
    Call,
    Context,
    Graph,
    In,
    Microphone,
    Out,
    ParticipantEvent,
    SpeechRole,
    TurnEnded,
    TurnStarted,
    read_wav,
)


@attrs.frozen
class Greeter(Actor):
    """Says its greeting whenever somebody's media begins to flow."""

    greeting: AudioFrame

    participants = In[ParticipantEvent]()
    audio = Out[AudioFrame](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        step = self.greeting.sample_rate // 50  # 20 ms
        async for event in self.participants:
            if event.kind != "connected" or event.participant.agent:
                continue
            turn = ctx.new_turn()
            self.audio.mark(TurnStarted(turn))
            for start in range(0, len(self.greeting), step):
                await self.audio.send(self.greeting[start : start + step].evolve(turn=turn))
            self.audio.mark(TurnEnded(turn))


def chime(sample_rate: int = 48000) -> AudioFrame:
    """Three notes of a chord, one after the other."""
    t = np.arange(round(0.3 * sample_rate)) / sample_rate
    notes = [np.sin(2 * np.pi * hertz * t) * np.exp(-6 * t) for hertz in (523.25, 659.25, 783.99)]
    return AudioFrame((np.concatenate(notes) * 12000).astype(np.int16), sample_rate)


def agent(call: Call) -> Graph:
    greeting = read_wav(call.args["wav"]) if "wav" in call.args else chime()
    greeter = Greeter(greeting)
    microphone = Microphone(sample_rate=greeting.sample_rate, channels=greeting.channels)
    return Graph(
        call.participants >> greeter.participants,
        greeter.audio >> microphone.audio,
        microphone.wire >> call.microphone,
    )
