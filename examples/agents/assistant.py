"""The agent of `callboard talk`: hears, answers by rules, speaks; talk over it and it stops.

Everything runs on this machine. Each stage may be exchanged for one of yours.
"""

from callboard import (
    Call,
    Conversation,
    Graph,
    Group,
    Hearing,
    Microphone,
    Speaking,
    Thinking,
    Turns,
    Vad,
)


def agent(call: Call) -> Graph:
    vad, turns, hearing = Vad(), Turns(), Hearing()
    conversation, thinking, speaking = Conversation(), Thinking(), Speaking()
    microphone = Microphone(sample_rate=24000)
    return Graph(
        call.voices >> vad.audio,
        vad.voiced >> turns.voiced,
        turns.speech >> hearing.speech,
        hearing.words >> turns.words,
        hearing.words >> conversation.transcripts,
        call.messages >> conversation.chat,
        conversation.prompts >> thinking.prompts,
        conversation.prompts >> turns.prompts,
        thinking.text >> speaking.text,
        speaking.clauses >> conversation.clauses,
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
