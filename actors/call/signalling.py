"""Signals with the room: a WebSocket that speaks `callboard.1` and comes back when lost."""

import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from random import Random
from typing import Protocol, cast

import attrs
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from actors import protocol
from actors.call.address import MeetingAddress
from actors.errors import CallEnded, CallError, RefusedError, UnreachableError
from actors.protocol import SUBPROTOCOL, ClientMessage, Joined, ServerMessage, limits
from runtime import Backoff
from runtime.errors import open_plain_nursery

# A client's WebSocket whose stream is closed whatever happens.
#
# trio-websocket's own `open_websocket` waits for its reader when a handshake fails: for ever where
# a server takes the connection and says nothing, or refuses and keeps it open (0.12.2).

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
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            self.ended.set()
            raise
        if not data:
            self.ended.set()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
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


JOIN_SECONDS = 10.0
LEAVE_SECONDS = 1.0
RETRY = Backoff(0.1, 5.0, immediate_first=False)
MAX_WAITING = 512

RESUMABLE = frozenset(("stopping", "too_slow"))
"""Fatal errors after which a client may come back."""

ENDINGS = {
    "ejected": "an owner of the room sent this participant away",
    "replaced": "the same participant joined from somewhere else",
}


class RoomChannel(Protocol):
    """A call's way to its room. `Signalling` is the real one; tests have others."""

    lost: Callable[[], None]
    """Called when the room is out of reach; a `Joined` comes when it is back."""

    async def run(self, *, task_status: trio.TaskStatus[Joined]) -> None:
        """Join, say so by `task_status.started(joined)`, serve until the call has ended.

        Cancelling it leaves the room.

        Raises:
            UnreachableError: nobody answers at the address.
            RefusedError: the room did not let us in.
        """

    def send(self, message: ClientMessage) -> None:
        """Send a message soon. Raises `CallEnded` when the call has ended."""

    async def receive(self) -> ServerMessage:
        """The room's next message. Raises `CallEnded`, whose text says why there is none.

        After a lost socket a `Joined` comes again: with `resumed` nothing else has changed;
        without it everything begins anew, as for a newcomer, and no signal that was sent before
        it was received here goes out any more.
        """
        ...


class Signalling:
    """Reads and writes the room's messages, over as many WebSockets as it takes."""

    def __init__(
        self,
        address: MeetingAddress,
        join: protocol.Join,
        *,
        rng: Random,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = address
        self._join = join
        self._rng = rng
        self._tls = tls
        self._to_room, self._outbox = trio.open_memory_channel[ClientMessage](MAX_WAITING)
        self._inbox, self._from_room = trio.open_memory_channel[ServerMessage](MAX_WAITING)
        self._in_hand: ClientMessage | None = None
        self._taken = trio.Event()
        self._taken.set()
        self._resume: str | None = None
        self._ended = "the call was left"
        self.lost: Callable[[], None] = lambda: None
        """Called when the socket is gone and another one is tried."""

    def send(self, message: ClientMessage) -> None:
        """Send a message soon: at once, or when the socket is back.

        Raises:
            CallEnded: when the call has ended.
        """
        try:
            self._to_room.send_nowait(message)
        except trio.WouldBlock:
            raise CallError(
                f"{MAX_WAITING} messages wait for a room that does not answer"
            ) from None
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise CallEnded(self._ended) from None

    async def receive(self) -> ServerMessage:
        """The room's next message.

        Raises:
            CallEnded: when there will be none; its text says why.
        """
        try:
            message = await self._from_room.receive()
        except trio.EndOfChannel:
            raise CallEnded(self._ended) from None
        if isinstance(message, Joined):
            if not message.resumed:
                self._forget_signals()
            self._taken.set()
        return message

    async def run(self, *, task_status: trio.TaskStatus[Joined]) -> None:
        """Join, then read and write until the call ends. Cancelling it leaves the room.

        Raises:
            UnreachableError: nobody answers at the address.
            RefusedError: the room did not let us in.
        """
        with self._inbox, self._outbox:
            await self._serve_once(task_status.started)
            self._tell_lost()
            failures, lost_at = 0, trio.current_time()
            while self._resume is not None:
                await trio.sleep(RETRY.delay(failures, self._rng))
                failures += 1
                try:
                    await self._serve_once(self._rejoined)
                except RefusedError as refusal:
                    self._end(str(refusal))
                except UnreachableError as error:
                    if trio.current_time() - lost_at > limits.RESUME_WITHIN:
                        self._end(str(error))
                else:
                    self._tell_lost()
                    failures, lost_at = 0, trio.current_time()

    def _tell_lost(self) -> None:
        if self._resume is not None:
            self.lost()

    def _end(self, reason: str) -> None:
        self._ended, self._resume = reason, None

    def _rejoined(self, joined: Joined) -> None:
        # Nothing goes out until the call knows: of connections that begin anew nothing old may.
        self._taken = trio.Event()
        self._inbox.send_nowait(joined)

    def _forget_signals(self) -> None:
        waiting = [self._in_hand] if self._in_hand is not None else []
        with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
            while True:
                waiting.append(self._outbox.receive_nowait())
        self._in_hand = None
        for message in waiting:
            if not isinstance(message, protocol.Signal):
                self._to_room.send_nowait(message)

    async def _serve_once(self, welcome: Callable[[Joined], None]) -> None:
        """Serve one socket until it is gone."""
        async with open_socket(self._address, tls=self._tls) as socket:
            parted = False
            try:
                welcome(await self._enter(socket))
                await self._converse(socket)
                parted = True
            except CallError:
                parted = True
                raise
            finally:
                if not parted:
                    # Also when the room has not yet answered: else it keeps a seat for nobody.
                    await self._say_goodbye(socket)

    async def _converse(self, socket: WebSocketConnection) -> None:
        async def part(work: Callable[[WebSocketConnection], Awaitable[None]]) -> None:
            with contextlib.suppress(ConnectionClosed):
                await work(socket)
            nursery.cancel_scope.cancel()

        async with open_plain_nursery() as nursery:
            nursery.start_soon(part, self._read)
            nursery.start_soon(part, self._write)
            nursery.start_soon(part, self._ping)

    async def _enter(self, socket: WebSocketConnection) -> Joined:
        join = attrs.evolve(self._join, resume=self._resume)
        with trio.move_on_after(JOIN_SECONDS):
            try:
                await socket.send_message(protocol.to_json(join))
                while True:
                    match protocol.parse_server(await socket.get_message()):
                        case Joined() as joined:
                            self._resume = joined.resume
                            return joined
                        case protocol.Error() as error if error.fatal:
                            raise RefusedError(error.message, code=error.code)
                        case _:
                            pass
            except ConnectionClosed:
                raise UnreachableError(f"{self._address} hung up before it answered") from None
            except protocol.ProtocolError as error:
                raise UnreachableError(
                    f"what answers at {self._address} is no room of Callboard: {error}"
                ) from None
        raise UnreachableError(f"{self._address} did not answer within {JOIN_SECONDS:g} s")

    async def _read(self, socket: WebSocketConnection) -> None:
        while True:
            try:
                with trio.fail_after(limits.SILENT_FOR):
                    message = protocol.parse_server(await socket.get_message())
            except trio.TooSlowError:
                return
            except protocol.ProtocolError:
                continue  # a newer room's message of a known type, in a shape that we do not know
            match message:
                case protocol.Ping(resume=key):
                    self._resume = key or self._resume
                    await socket.send_message(protocol.to_json(protocol.Pong()))
                case protocol.Error(fatal=True) as error:
                    if error.code not in RESUMABLE:
                        self._end(ENDINGS.get(error.code, error.message))
                    return
                case None | protocol.Pong():
                    pass
                case _:
                    await self._inbox.send(message)

    async def _write(self, socket: WebSocketConnection) -> None:
        await self._taken.wait()
        while True:
            # In hand until it is written: a socket that is lost over it loses nothing.
            if self._in_hand is None:
                self._in_hand = await self._outbox.receive()
            await socket.send_message(protocol.to_json(self._in_hand))
            self._in_hand = None

    async def _ping(self, socket: WebSocketConnection) -> None:
        while True:
            await trio.sleep(limits.PING_EVERY)
            await socket.send_message(protocol.to_json(protocol.Ping()))

    async def _say_goodbye(self, socket: WebSocketConnection) -> None:
        with (
            contextlib.suppress(ConnectionClosed),
            trio.CancelScope(shield=True, deadline=trio.current_time() + LEAVE_SECONDS),
        ):
            await socket.send_message(protocol.to_json(protocol.Leave()))
            while True:  # until the room closes the socket
                await socket.get_message()
