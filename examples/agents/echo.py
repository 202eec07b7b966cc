"""Says back what it hears, as soon as it hears it."""

from callboard import Call, Graph, Microphone, Speaker


def agent(call: Call) -> Graph:
    speaker, microphone = Speaker(), Microphone()
    return Graph(
        call.voices >> speaker.voices,
        speaker.audio >> microphone.audio,
        microphone.wire >> call.microphone,
    )
