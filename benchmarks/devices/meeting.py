"""Two sessions in a room of this process, over the real engine on loopback."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

from callboard import Session, open_call, open_media_engine, open_room


@asynccontextmanager
async def two_in_a_call() -> AsyncGenerator[tuple[Session, Session]]:
    async with open_room(port=0) as room, open_media_engine() as engine:
        url = f"{room.url}/lobby"
        async with (
            open_call(url, name="Ada", engine=engine) as ada,
            open_call(url, name="Bob", engine=engine) as bob,
        ):
            with trio.fail_after(10):
                for session, other in ((ada, bob), (bob, ada)):
                    events = session.events()
                    while other.id not in session.connected:
                        await anext(events)
            yield ada, bob
