"""Serves TCP connections by Hypercorn's Trio worker, each metered and closed when it must be.

Hypercorn's own `serve` runs every connection in one nursery: there one malformed header, or a
frame behind a close, would end the server for all. Here each connection is guarded by itself, and
none outlives the server however slowly it reads. Two names below are Hypercorn's inner ones
(`TCPServer`, `WorkerContext`); a test holds what we use of them.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Sequence
from typing import cast

import attrs
import h11
import structlog
import trio
import wsproto.utilities
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.logging import Logger
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from actors.protocol import limits
from actors.room.outbox import Bucket
from actors.room.rooms import RoomMetrics

BYTES_PER_SECOND = 1024 * 1024
BURST_BYTES = 4 * 1024 * 1024


class MeteredConnection(trio.abc.HalfCloseableStream):
    """A socket stream that takes so many bytes a second and no more.

    The limits above it count whole messages; this one also holds for what never becomes one. Not
    a subclass of `trio.SocketStream`, which is final.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
        self.heard_at = trio.current_time()
        """When something last came: a message, a frame of WebSocket's own, a part of one."""
        self._stream = stream
        self._bucket = Bucket(BYTES_PER_SECOND, BURST_BYTES, trio.current_time())
        # Hypercorn ends a stream while another of its tasks may be writing.
        self._sending = trio.Lock()
        self.socket = stream.socket

    def abort(self) -> None:
        """Closes the socket now; whoever sends or receives on it is woken by an error.

        Hypercorn sends under a shield, so a peer that reads nothing would hold a cancelled task.
        """
        self.socket.close()

    async def abort_when_cancelled(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.abort()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """As a socket does; raises `trio.BrokenResourceError` for who sends too much."""
        data = await self._stream.receive_some(max_bytes)
        if not self._bucket.take(len(data), trio.current_time()):
            raise trio.BrokenResourceError("This peer sends more than it may.")
        self.heard_at = trio.current_time()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        async with self._sending:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        async with self._sending:
            await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        async with self._sending:
            await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()


CONNECTIONS = 1000
STATE_KEY = "connection"

log = structlog.get_logger("callboard.room")


@attrs.frozen
class BoundPort:
    """A bound socket, and the certificate with which it is served."""

    listener: trio.SocketListener
    tls: ssl.SSLContext | None = None


class Serving:
    """Serves one application on some ports until it is cancelled."""

    def __init__(self, application: ASGIFramework, figures: RoomMetrics) -> None:
        self._config = _config()
        self._application = ASGIWrapper(application)
        self._context = WorkerContext(None)
        self._figures = figures
        self._one_gone = trio.Event()
        self._accepting = trio.CancelScope()
        self.connections: set[MeteredConnection] = set()

    async def run(self, ports: Sequence[BoundPort]) -> None:
        async with trio.open_nursery() as handlers:
            with self._accepting:
                async with trio.open_nursery() as nursery:
                    for port in ports:
                        nursery.start_soon(self._accept, port, handlers)

    async def finish(self) -> None:
        """Takes no more connections, and tells idle ones to go; others end with their answer."""
        self._accepting.cancel()
        await self._context.terminated.set()

    async def wait_all_gone(self) -> None:
        while self.connections:
            self._one_gone = trio.Event()
            await self._one_gone.wait()

    async def _accept(self, port: BoundPort, handlers: trio.Nursery) -> None:
        async def handle(stream: trio.SocketStream) -> None:
            await self._guard(stream, port.tls)

        await trio.serve_listeners(handle, [port.listener], handler_nursery=handlers)

    async def _guard(self, stream: trio.SocketStream, tls: ssl.SSLContext | None) -> None:
        connection = MeteredConnection(stream)
        if len(self.connections) >= CONNECTIONS:
            connection.abort()
            return
        self.connections.add(connection)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.abort_when_cancelled)
                await self._serve(connection, tls)
                nursery.cancel_scope.cancel()
        except* Exception as group:
            # Whatever a peer sent to bring this about ends its own connection alone.
            self._figures.connections_failed += 1
            log.info("connection_failed", kinds=sorted(_kinds(group)))
        finally:
            connection.abort()
            self.connections.discard(connection)
            self._one_gone.set()

    async def _serve(self, connection: MeteredConnection, tls: ssl.SSLContext | None) -> None:
        stream = (
            trio.SSLStream(connection, tls, server_side=True, https_compatible=True)
            if tls
            else connection
        )
        state = ConnectionState(cast(LifespanState, {STATE_KEY: connection}))
        # Hypercorn says SSLStream[SocketStream] and takes either, by trying a handshake.
        await TCPServer(
            self._application,
            self._config,
            self._context,
            state,
            cast("trio.SSLStream[trio.SocketStream]", stream),
        )


def _config() -> Config:
    config = Config()
    config.logger_class = QuietLogger
    config.alpn_protocols = ["http/1.1"]
    config.include_server_header = False
    config.ssl_handshake_timeout = 10.0
    # Ours is smaller and says why; this one bounds what is gathered before we see a message.
    config.websocket_max_message_size = 4 * limits.MESSAGE_BYTES
    return config


def _kinds(group: BaseExceptionGroup[Exception]) -> set[str]:
    """The types in a group: texts of exceptions may quote what a peer sent."""
    kinds: set[str] = set()
    for error in group.exceptions:
        kinds |= _kinds(error) if isinstance(error, BaseExceptionGroup) else {type(error).__name__}
    return kinds


class QuietLogger(Logger):
    """Hypercorn's logging, led to ours: no access log, no banner, errors with their traceback."""

    def __init__(self, config: Config) -> None:
        self.access_logger = None
        self.error_logger = None

    async def exception(self, message: str, *args: object, **kwargs: object) -> None:
        """An error of our own application, or of a peer's that spoke before it was its turn."""
        error = sys.exc_info()[1]
        if not isinstance(error, h11.ProtocolError | wsproto.utilities.ProtocolError):
            log.exception("request_failed")
