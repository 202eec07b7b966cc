"""`callboard room`: the room server alone."""

from __future__ import annotations

import click
import trio

from callboard.cli.options import common, serving
from callboard.cli.program import start_logs
from callboard.cli.running import run
from callboard.cli.serving import ServingOptions


@click.command("room")
@serving
@common
def command(**options: object) -> int:
    """Serve rooms for people and agents, without an agent of its own.

    Prints the address of a room as soon as people can join; every other name makes another room.
    """
    start_logs()
    chosen = ServingOptions(**options)  # pyright: ignore[reportArgumentType]

    async def serve(stop: trio.Event) -> int:
        async with chosen.open() as room:
            chosen.announce(room.meeting_url())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(chosen.open_page, room.meeting_url())
                await stop.wait()
                nursery.cancel_scope.cancel()
        return 0

    return run(serve)
