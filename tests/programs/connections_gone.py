"""A server whose clients have hung up."""

from __future__ import annotations

import trio

from actors.room import RoomServer


async def all_gone(room: RoomServer, but: int = 0) -> None:
    """Wait until no connection is open, or so many are."""
    while room.connection_count > but:  # noqa: ASYNC110 (a server has no event for it)
        await trio.sleep(0.001)
