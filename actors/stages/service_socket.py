"""A WebSocket to a speech service, closed on every path.

trio-websocket leaves the stream open where the other side closes first (0.12.2).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, cast
from urllib.parse import urlsplit

import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from actors.errors import UnreachableError
from runtime.errors import open_plain_nursery

_CONNECT: Final = 5.0
"""Seconds until the service must have answered the handshake: a person waits."""

_CLOSE: Final = 0.5
"""Seconds for a goodbye."""


@asynccontextmanager
async def open_service_socket(
    url: str, headers: Mapping[str, str], tls: ssl.SSLContext | None
) -> AsyncGenerator[WebSocketConnection]:
    """Open a WebSocket at `ws(s)://HOST[:PORT]/PATH`.

    Raises:
        UnreachableError: nobody answers there, or no WebSocket within 5 s.
    """
    address = urlsplit(url)
    host = address.hostname or ""
    stream: trio.abc.Stream | None = None
    try:
        async with open_plain_nursery() as nursery:
            socket: WebSocketConnection | None = None
            with trio.move_on_after(_CONNECT):
                stream = await _open_stream(host, address.port, address.scheme == "wss", tls)
                socket = await wrap_client_stream(
                    nursery,
                    cast("trio.SocketStream", stream),
                    address.netloc,
                    f"{address.path or '/'}?{address.query}" if address.query else address.path,
                    extra_headers=[(k.encode(), v.encode()) for k, v in headers.items()],
                )
            if socket is None:
                nursery.cancel_scope.cancel()
                raise UnreachableError(f"{host} did not answer within {_CONNECT:g} s.")
            try:
                yield socket
            finally:
                with trio.move_on_after(_CLOSE, shield=True):
                    await socket.aclose()
                nursery.cancel_scope.cancel()
    except OSError as error:
        raise UnreachableError(f"{host} is not reached: {type(error).__name__}.") from error
    finally:
        if stream is not None:
            await trio.aclose_forcefully(stream)


async def next_message(socket: WebSocketConnection) -> dict[str, Any]:
    """Return the next JSON object, empty for other JSON. Raises `ConnectionClosed`."""
    message = json.loads(await socket.get_message())
    return cast("dict[str, Any]", message) if isinstance(message, dict) else {}


async def _open_stream(
    host: str, port: int | None, secure: bool, tls: ssl.SSLContext | None
) -> trio.abc.Stream:
    if not secure:
        return await trio.open_tcp_stream(host, port or 80)
    return await trio.open_ssl_over_tcp_stream(
        host, port or 443, ssl_context=tls, https_compatible=True
    )
