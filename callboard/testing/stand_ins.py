"""Exchanging the stock stages' engines, in the user's own graph, for scripted ones."""

from collections.abc import Callable

import attrs

from actors.stages.hearing import Hearing
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from callboard.testing.errors import NotScriptedError
from callboard.testing.script import Script
from callboard.testing.scripted_ear import ScriptedEar
from callboard.testing.scripted_mind import ScriptedMind
from callboard.testing.scripted_voice import ScriptedVoice
from runtime import Actor, Graph


def scripted(graph: Graph, script: Script, missing: Callable[[NotScriptedError], None]) -> Graph:
    """The same graph with scripted engines in every `Hearing`, `Thinking` and `Speaking`.

    What the script leaves out keeps its own engine. `missing` is told what has no reply.
    """
    exchange: dict[Actor, Actor] = {}
    for actor in graph.actors:
        match actor:
            case Hearing() if script.hearing is not None:
                exchange[actor] = attrs.evolve(actor, ear=ScriptedEar(script.hearing))
            case Thinking() if script.thinking is not None:
                exchange[actor] = attrs.evolve(actor, mind=ScriptedMind(script, missing))
            case Speaking() if script.speaking is not None:
                exchange[actor] = attrs.evolve(actor, voice=ScriptedVoice(script.speaking))
            case _:
                pass
    return graph.replaced(exchange) if exchange else graph
