"""A client's WebSocket whose stream is closed whatever happens.

trio-websocket's own `open_websocket` waits for its reader when a handshake fails: for ever where a
server takes the connection and says nothing, or refuses and keeps it open (0.12.2).
"""

import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Sequence
from typing import cast

import trio
from trio_websocket import ConnectionRejected, WebSocketConnection, wrap_client_stream

from actors.call.address import MeetingAddress
from actors.call.protocol import SUBPROTOCOL, limits
from actors.errors import RefusedError, UnreachableError
from runtime.unwrapping import open_plain_nursery

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 1.0

TCP_OPTIONS = {
    "TCP_KEEPIDLE": 3,  # seconds without anything until the system asks,
    "TCP_KEEPINTVL": 1,  # and asks again,
    "TCP_KEEPCNT": 3,  # so often
    "TCP_USER_TIMEOUT": 5000,  # milliseconds for an acknowledgement
}

Headers = Sequence[tuple[bytes, bytes]]


@contextlib.asynccontextmanager
async def open_socket(
    address: MeetingAddress,
    *,
    tls: ssl.SSLContext | None = None,
    headers: Headers = (),
    subprotocols: Sequence[str] = (SUBPROTOCOL,),
) -> AsyncGenerator[WebSocketConnection]:
    """A WebSocket of a meeting.

    Leaving the block says so to the server and waits at most 1 s for its answer, also when the
    block is cancelled.

    Args:
        tls: how the server's certificate is checked; the system's rules by default.
        headers: further ones of the handshake.

    Raises:
        UnreachableError: nobody answers at the address, or no WebSocket within 10 s.
        RefusedError: the server refused the handshake; the text is its sentence.
    """
    stream = _Watched(await _open_stream(address, tls))
    try:
        async with open_plain_nursery() as nursery:
            reading = trio.CancelScope()

            async def keep(task_status: trio.TaskStatus[WebSocketConnection]) -> None:
                with reading:
                    async with open_plain_nursery() as reader:
                        shaken = await _shake_hands(reader, stream, address, headers, subprotocols)
                        # From here on the reader outlives whoever uses the socket: without it
                        # nobody would see the server's answer to a goodbye (test_leaving.py).
                        reading.shield = True
                        task_status.started(shaken)

            connection: WebSocketConnection = await nursery.start(keep)
            try:
                yield connection
            finally:
                deadline = trio.current_time() + CLOSE_SECONDS
                with trio.CancelScope(shield=True, deadline=deadline):
                    await connection.aclose()
                reading.cancel()
    except ConnectionRejected as rejection:
        raise RefusedError(_why_rejected(rejection), code="rejected") from None
    finally:
        await trio.aclose_forcefully(stream)


async def _open_stream(
    address: MeetingAddress, tls: ssl.SSLContext | None
) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    try:
        with trio.fail_after(CONNECT_SECONDS):
            plain = await trio.open_tcp_stream(address.host, address.port)
            _notice_a_dead_network(plain)
            if not address.secure:
                return plain
            stream = trio.SSLStream(
                plain,
                tls or ssl.create_default_context(),
                server_hostname=address.host,
                https_compatible=True,
            )
            try:
                await stream.do_handshake()
            except BaseException:
                await trio.aclose_forcefully(plain)
                raise
            return stream
    except trio.TooSlowError:
        raise UnreachableError(f"nobody answers at {address}: no answer in time") from None
    except OSError as error:
        raise UnreachableError(f"nobody answers at {address}: {_why(error)}") from error
    except trio.BrokenResourceError as error:
        raise UnreachableError(
            f"{address} is not reached by TLS: {_why(error.__cause__ or error)}"
        ) from error


def _notice_a_dead_network(stream: trio.SocketStream) -> None:
    """Ask the system to give up within seconds, where it can: by itself it waits for 15 min."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS.items():
        option: int | None = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                stream.setsockopt(socket.IPPROTO_TCP, option, value)


async def _shake_hands(
    nursery: trio.Nursery,
    stream: "_Watched",
    address: MeetingAddress,
    headers: Headers,
    subprotocols: Sequence[str],
) -> WebSocketConnection:
    with trio.move_on_after(CONNECT_SECONDS) as patience:
        nursery.start_soon(stream.cancel_at_end, patience)
        return await wrap_client_stream(
            nursery,
            cast(trio.SocketStream, stream),
            address.authority,
            address.resource,
            subprotocols=subprotocols,
            extra_headers=list(headers),
            max_message_size=limits.SERVER_MESSAGE_BYTES,
        )
    if stream.ended.is_set():
        raise UnreachableError(f"{address} hung up before it answered")
    raise UnreachableError(f"nobody answers at {address}: no answer in time")


class _Watched(trio.abc.Stream):
    """A stream that tells when it has ended: trio-websocket goes on waiting for a handshake."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.ended = trio.Event()

    async def cancel_at_end(self, scope: trio.CancelScope) -> None:
        """Cancel a scope as soon as the other side has hung up."""
        await self.ended.wait()
        scope.cancel()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """As the stream does."""
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            self.ended.set()
            raise
        if not data:
            self.ended.set()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As the stream does."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream does."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """As the stream does."""
        await self._stream.aclose()


def _why_rejected(rejection: ConnectionRejected) -> str:
    body = (rejection.body or b"").decode(errors="replace").strip()
    return body if body else f"the room refused the connection (HTTP {rejection.status_code})"


def _why(error: BaseException) -> str:
    """The system's own words: Trio's "all attempts failed" stands before them."""
    cause = error
    while cause.__cause__ is not None or isinstance(cause, BaseExceptionGroup):
        if isinstance(cause, BaseExceptionGroup):
            cause = cast("BaseExceptionGroup[BaseException]", cause).exceptions[0]
        elif cause.__cause__ is not None:
            cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    return type(cause).__name__
