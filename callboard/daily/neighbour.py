"""A room server that another process of this machine has open already."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

import trio

from actors.call.protocol import ProtocolError

PATIENCE_SECONDS: Final = 1.0
LARGEST: Final = 1 << 20


class Neighbour:
    """The server of the script that was started first: those that come later meet there."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._shown: set[str] = set()

    def url(self, room: str, asked_for: str) -> str:
        """Where a client joins. The first time that is said."""
        url = f"{self._base}/{room}"
        if room not in self._shown:
            self._shown.add(room)
            sys.stderr.write(f"callboard: {asked_for} is open already: join at {url}\n")
            sys.stderr.flush()
        return url

    def token(self, token: str | None, room: str) -> str | None:
        """The token where it is one of this machine's secret; another service's means nothing."""
        secret = os.environ.get("CALLBOARD_SECRET")
        if token is None or not secret:
            return None
        from actors.room.tokens import Signer  # noqa: PLC0415  (a server's part)

        try:
            Signer(secret).read_meeting_token(token, room)
        except ProtocolError:
            return None
        return token


async def find_neighbour(port: int) -> Neighbour | None:
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
    return Neighbour(f"http://127.0.0.1:{port}") if known else None
