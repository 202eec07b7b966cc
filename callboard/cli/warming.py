"""Models load in the background, before the first turn."""

from __future__ import annotations

import structlog
import trio

from actors.stages.hearing import Hearing
from actors.stages.protocols import Ear, Mind, Voice
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from runtime import Graph
from runtime.threads import in_worker_thread


async def warm(graph: Graph) -> None:
    """Load what the engines of a graph like this one would wait for; failures are logged.

    Weights are the process's own, so whoever loads them first loads them for every call. An engine
    that fails here will fail in its stage as well, which then says so.
    """
    log = structlog.get_logger("callboard")
    began = trio.current_time()
    for engine in engines(graph):
        try:
            await engine.warm(in_worker_thread)
        except Exception as error:
            log.warning("engine.not_warm", engine=type(engine).__name__, error=type(error).__name__)
    log.debug("engines.warm", seconds=round(trio.current_time() - began, 2))


def engines(graph: Graph) -> list[Ear | Mind | Voice]:
    """The engines of a graph's stages: the voice first, it is what a person waits for first."""
    found: list[Ear | Mind | Voice] = []
    for actor in graph.actors:
        match actor:
            case Speaking():
                found.insert(0, actor.voice)
            case Hearing():
                found.append(actor.ear)
            case Thinking():
                found.append(actor.mind)
            case _:
                pass
    return found
