"""A room server of this process, or one that another process of this machine has open."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator
from typing import Final

import trio

from actors.errors import RoomError
from actors.protocol import ProtocolError
from actors.room import RoomServer, open_room
from actors.room.tokens import Signer


@contextlib.asynccontextmanager
async def open_embedded_room(host: str, port: int) -> AsyncGenerator[EmbeddedRoom]:
    """Serve while the block runs, on any free port where the wanted one is taken."""
    secret = os.environ.get("CALLBOARD_SECRET") or None
    async with contextlib.AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(open_room(host, port, secret=secret))
        except RoomError:
            if port == 0:
                raise
            server = await stack.enter_async_context(open_room(host, 0, secret=secret))
        yield EmbeddedRoom(server)


class EmbeddedRoom:
    """Answers every `https://NAME.daily.co/ROOM` of a process, each room under its own name."""

    def __init__(self, server: RoomServer) -> None:
        self._server = server
        self._shown: set[str] = set()

    def url(self, room: str, asked_for: str) -> str:
        """Where a client of this process joins. The first time the link for people is shown."""
        if room not in self._shown:
            self._shown.add(room)
            _show(f"{asked_for} is here: join at {self._server.meeting_url(room)}")
        return self._server.local_url(room)

    def token(self, room: str, *, owner: bool, name: str | None) -> str:
        if name is None:
            return self._server.token(room, owner=owner)
        return self._server.token(room, owner=owner, name=name)

    def accepts(self, token: str, room: str) -> bool:
        """Whether a token lets somebody into a room here."""
        return _opens(self._server.rooms.house.signer, token, room)


def _show(line: str) -> None:
    # Standard output belongs to the script: it may be writing audio there.
    print(f"callboard: {line}", file=sys.stderr, flush=True)  # noqa: T201


def _opens(signer: Signer, token: str, room: str) -> bool:
    try:
        signer.read_meeting_token(token, room)
    except ProtocolError:
        return False
    return True


PATIENCE_SECONDS: Final = 1.0
LARGEST: Final = 1 << 20


class OtherRoom:
    """The server of the script that was started first: those that come later meet there."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._shown: set[str] = set()

    def url(self, room: str, asked_for: str) -> str:
        """Where a client joins. The first time that is said."""
        url = f"{self._base}/{room}"
        if room not in self._shown:
            self._shown.add(room)
            _show(f"{asked_for} is open already: join at {url}")
        return url

    def token(self, token: str | None, room: str) -> str | None:
        """The token where it is one of this machine's secret; another service's means nothing."""
        secret = os.environ.get("CALLBOARD_SECRET")
        if token is None or not secret or not _opens(Signer(secret), token, room):
            return None
        return token


async def find_neighbour(port: int) -> OtherRoom | None:
    """The server on a port of this machine, if it is a room server of Callboard's."""
    request = f"GET /-/rooms/x HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    answer = bytearray()
    try:
        with trio.move_on_after(PATIENCE_SECONDS):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                await stream.send_all(request.encode())
                async for part in stream:
                    answer += part
                    if len(answer) > LARGEST:
                        break
    except (OSError, trio.BrokenResourceError):
        return None
    _, _, body = bytes(answer).partition(b"\r\n\r\n")
    try:
        fields: object = json.loads(body)
    except ValueError:
        return None
    known = isinstance(fields, dict) and {"room", "private", "participants"} <= fields.keys()
    return OtherRoom(f"http://127.0.0.1:{port}") if known else None
