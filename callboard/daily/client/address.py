"""Finds the room that a client is asked to join by a URL."""

from __future__ import annotations

import base64
import binascii
import json
from typing import cast
from urllib.parse import urlsplit

import attrs

from actors.call.address import MeetingAddress
from actors.protocol import is_room_name
from callboard.daily.context import Resources
from callboard.daily.errors import BadValueError
from callboard.daily.options import Options


@attrs.frozen
class Destination:
    """A meeting of Callboard's, and the token that lets us in."""

    url: str
    token: str | None = attrs.field(repr=False)
    name: str | None = None
    """Our name in the token."""


async def destination(
    url: str, token: str | None, options: Options, resources: Resources
) -> Destination:
    """Where a meeting really is.

    `https://NAME.daily.co/ROOM` is a room of the same name on the server that was chosen, on that
    of a script that was started before, or in this process. In this process, what a token of
    Daily's says of name and ownership holds: it is this process that asks. Raises
    `BadAddressError` for a URL that is none.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host != "daily.co" and not host.endswith(".daily.co"):
        MeetingAddress.parse(url)
        return Destination(url, token)
    room = parts.path.strip("/")
    if not is_room_name(room):
        raise BadValueError(f"{url!r} names no room: one follows the host, as in {host}/hello.")
    if options.room is not None:
        return Destination(_elsewhere(options.room, room), token)
    neighbour = await resources.neighbour()
    if neighbour is not None:
        return Destination(neighbour.url(room, url), neighbour.token(token, room))
    embedded = await resources.room()
    local = embedded.url(room, url)
    if token is None or embedded.accepts(token, room):
        return Destination(local, token)
    name, owner = foreign_claims(token)
    return Destination(local, embedded.token(room, owner=owner, name=name), name)


def foreign_claims(token: str) -> tuple[str | None, bool]:
    """Read its bearer's name, and whether it is an owner's, from a token of another's signature.

    Where it cannot be read: no name, no owner.
    """
    try:
        payload = token.split(".")[1]
        data = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return None, False
    if not isinstance(data, dict):
        return None, False
    claims = cast("dict[str, object]", data)
    name = claims.get("u", claims.get("user_name"))
    owner = claims.get("o", claims.get("is_owner"))
    return name if isinstance(name, str) and name else None, owner is True


def _elsewhere(server: str, room: str) -> str:
    parts = urlsplit(server)
    return server if parts.path.strip("/") else f"{server.rstrip('/')}/{room}"
