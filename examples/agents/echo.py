"""Says back what it hears, as soon as it hears it."""

from callboard import Call, Graph


def agent(call: Call) -> Graph:
    return Graph(call.audio >> call.microphone)
