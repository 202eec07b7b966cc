"""A room server of this process, for scripts that name a room of Daily's."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncGenerator

from actors.call.protocol import ProtocolError
from actors.errors import RoomError
from actors.room import RoomServer, open_room


class EmbeddedRoom:
    """Answers every `https://NAME.daily.co/ROOM` of a process, each room under its own name."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._shown: set[str] = set()
        self._server: RoomServer | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[EmbeddedRoom]:
        """Serve while the block runs, on any free port where the wanted one is taken."""
        async with contextlib.AsyncExitStack() as stack:
            try:
                server = await stack.enter_async_context(self._room(self._port))
            except RoomError:
                if self._port == 0:
                    raise
                server = await stack.enter_async_context(self._room(0))
            self._server = server
            yield self

    def url(self, room: str, asked_for: str) -> str:
        """Where a client of this process joins. The first time the link for people is shown."""
        server = self._server
        assert server is not None
        if room not in self._shown:
            self._shown.add(room)
            # Standard output belongs to the script: it may be writing audio there.
            sys.stderr.write(
                f"callboard: {asked_for} is here: join at {server.meeting_url(room)}\n"
            )
            sys.stderr.flush()
        return server.local_url(room)

    def token(self, room: str, *, owner: bool, name: str | None) -> str:
        """A token of this room."""
        assert self._server is not None
        if name is None:
            return self._server.token(room, owner=owner)
        return self._server.token(room, owner=owner, name=name)

    def accepts(self, token: str, room: str) -> bool:
        """Whether a token lets somebody into a room here."""
        assert self._server is not None
        try:
            self._server.rooms.house.signer.read_meeting_token(token, room)
        except ProtocolError:
            return False
        return True

    def _room(self, port: int) -> contextlib.AbstractAsyncContextManager[RoomServer]:
        secret = os.environ.get("CALLBOARD_SECRET") or None
        return open_room(self._host, port, secret=secret)
