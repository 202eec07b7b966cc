"""One agent in one call."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import structlog
import trio

from actors.call.call import Call
from actors.call.ice_settings import IceSettings
from actors.call.port import MediaEngine
from callboard.agent_file import AgentFile
from callboard.cli.backstage import Backstage
from runtime import ActorStopped, Graph, open_graph
from runtime.events import Event

DRAIN = 1.0
"""Seconds for which the stages may go on when the call has ended."""

WATCHDOG = 0.2
"""Seconds: a step that takes longer is named, for it can be heard: so long lasts the play-out."""


def open_engine(reach: IceSettings | None = None) -> AbstractAsyncContextManager[MediaEngine]:
    """The media engine; aiortc, which takes a moment to import, loads now and not in a call."""
    from actors.call.webrtc import open_media_engine  # noqa: PLC0415

    return open_media_engine(reach)


async def take_part(agent: AgentFile, call: Call, shared: object, *, log_content: bool) -> None:
    """Run an agent's graph around a call until the call has ended.

    Raises what `agent(call)` raises, `AgentFileError` and `GraphError` where that is no graph that
    can run, `Refused` where the agent wants no part in the call, `RestartsExhausted` when the call
    failed. Cancelling it stops the graph in order.
    """
    backstage = Backstage()
    call = backstage.around(call)
    graph = await agent.graph(call, shared)
    await join(graph, call, log_content=log_content, backstage=backstage)


async def join(
    graph: Graph, call: Call, *, log_content: bool = False, backstage: Backstage | None = None
) -> None:
    """Run a graph around a call until the call has ended. Cancelling it stops it in order.

    With `backstage`, whose `around` gave this call, the page is told what runs.
    """
    ended = trio.Event()
    path = graph.paths.get(call)

    def observe(event: Event) -> None:
        if isinstance(event, ActorStopped) and event.path == path:
            ended.set()

    log = structlog.get_logger("callboard").bind(room=call.room)
    async with (
        open_graph(
            graph, observe=observe, log=log, log_content=log_content, watchdog=WATCHDOG
        ) as running,
        trio.open_nursery() as nursery,
    ):

        async def end_with_call() -> None:
            await ended.wait()
            with trio.move_on_after(DRAIN):
                await running.wait()
            nursery.cancel_scope.cancel()

        if path is not None:
            nursery.start_soon(end_with_call)
        if backstage is not None:
            running.observe(backstage.observe)
            nursery.start_soon(backstage.run, running)
        await running.wait()
        nursery.cancel_scope.cancel()
