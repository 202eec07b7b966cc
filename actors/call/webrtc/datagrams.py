"""UDP sockets of calls: read as soon as something comes, or all of them together at every tick."""

import asyncio
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

import structlog

STAMPED = sys.platform == "linux"
"""Whether the system says when a datagram came: only then may it be read later."""

SO_TIMESTAMPNS = 35
"""socket(7); Python has no name for it."""

TIMESPEC = struct.Struct("@ll")
ANCILLARY = 64
LARGEST = 65_535

OLDEST = 5.0
"""Seconds before now that a stamp is believed; a machine's clock may be set at any moment."""

PASSES = 100
"""Datagrams of one socket that are read in one tick: a flood must not hold up the clock."""

UNSENT = 256
"""Datagrams that wait while the network takes none; then the oldest is lost."""

Clock = Callable[[], float]
Ancillary = Iterable[tuple[int, int, bytes]]

Post = Callable[..., object]
"""Calls a function with arguments on the loop's thread, soon. Any thread."""

OnMedia = Callable[[bytes, float | None, Post | None], None]
"""Takes RTP or RTCP: a datagram, the second of its arrival where it is known better than now, and
the way to the loop's thread where the caller may be on another one."""

log = structlog.get_logger("callboard.call")


class Poller:
    """Reads sockets at every tick: the packets of all calls in one go, on the thread that asks.

    Audio is not needed before: a tick is when jitter buffers are pulled. How late packets really
    came is told by the kernel's stamps.

    `add` and `remove` are for the loop's thread, `read` is for any. A socket that was removed may
    be closed: no thread is reading it then.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._reading = threading.RLock()  # a receiver may close sockets
        self._epoll = select.epoll() if STAMPED else None
        self._polled: dict[int, MediaSocket] = {}

    def add(self, polled: "MediaSocket") -> None:
        if self._epoll is not None:
            self._polled[polled.fileno()] = polled
            self._epoll.register(polled.fileno(), select.EPOLLIN)

    def remove(self, polled: "MediaSocket") -> None:
        """Read it no more; harmless after `close`."""
        with self._reading:
            if self._epoll is not None and not self._epoll.closed:
                del self._polled[polled.fileno()]
                self._epoll.unregister(polled.fileno())

    def read(self, failed: Callable[[Exception], None]) -> None:
        """Read what has come, unless another thread does; `failed` takes what one datagram's
        receiver raised."""
        if not self._polled or not self._reading.acquire(blocking=False):
            return
        try:
            self._read(failed)
        finally:
            self._reading.release()

    def _read(self, failed: Callable[[Exception], None]) -> None:
        polled = self._polled
        for _ in range(PASSES):
            if self._epoll is None or self._epoll.closed or not polled:
                return
            ready = self._epoll.poll(0, len(polled))
            if not ready:
                return
            for number, _ in ready:
                one = polled.get(number)  # none where the one before has closed it
                try:
                    if one is not None:
                        one.read_polled()
                except Exception as error:  # one call's failure is that call's alone
                    failed(error)

    def close(self) -> None:
        with self._reading:
            if self._epoll is not None:
                self._epoll.close()


class MediaSocket(asyncio.DatagramTransport):
    """A bound UDP socket of one ICE connection, as asyncio code sees it.

    RTP and RTCP go to `on_media` with the second of their arrival on the poller's clock; all else
    (STUN, DTLS) goes to the protocol.
    """

    def __init__(
        self,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        *,
        on_media: OnMedia,
        poller: Poller,
    ) -> None:
        super().__init__({"socket": sock, "sockname": sock.getsockname()})
        self._sock = sock
        self._protocol = protocol
        self._on_media = on_media
        self._poller = poller
        self._loop = asyncio.get_running_loop()
        self._unsent: deque[tuple[bytes, tuple[object, ...]]] = deque()
        self._lost = 0
        self._polled = self._closing = False
        if STAMPED:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._loop.add_reader(sock, self.read)
        protocol.connection_made(self)

    def fileno(self) -> int:
        return self._sock.fileno()

    def poll(self, polled: bool) -> None:
        """Be read at every tick, or as soon as something comes."""
        if polled == self._polled or self._closing or not STAMPED:
            return
        self._polled = polled
        if polled:
            self._loop.remove_reader(self._sock)
            self._poller.add(self)
        else:
            self._poller.remove(self)
            self._loop.add_reader(self._sock, self.read)

    def read(self) -> None:
        """Read one datagram and hand it on. On the loop's thread."""
        self._read(None)

    def read_polled(self) -> None:
        """Read one datagram: RTP is handed on here, and all else on the loop's thread."""
        self._read(self._loop.call_soon_threadsafe)

    def _read(self, post: Post | None) -> None:
        ancillary: Ancillary = ()
        try:
            if STAMPED:
                data, ancillary, _, address = self._sock.recvmsg(LARGEST, ANCILLARY)
            else:
                data, address = self._sock.recvfrom(LARGEST)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            (post or call_here)(self._protocol.error_received, error)
            return
        if data and 127 < data[0] < 192:  # RFC 7983
            self._on_media(data, self._arrival(ancillary), post)
        else:
            (post or call_here)(self._protocol.datagram_received, data, address)

    def _arrival(self, ancillary: Ancillary) -> float:
        now = self._poller.clock()
        for _, kind, value in ancillary:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = TIMESPEC.unpack(value)
                age = time.time() - seconds - nanoseconds * 1e-9
                return now - age if 0 < age < OLDEST else now
        return now

    def sendto(self, data: bytes, addr: tuple[object, ...] | None = None) -> None:  # type: ignore[override]  # bytes are all that is sent
        """Send now, or as soon as the network takes it."""
        assert addr is not None  # the socket is not connected
        if self._closing:
            return
        if self._unsent:
            self._keep(data, addr)
            return
        try:
            self._sock.sendto(data, addr)
        except (BlockingIOError, InterruptedError):
            self._keep(data, addr)
            self._loop.add_writer(self._sock, self._send_on)
        except OSError as error:
            self._protocol.error_received(error)

    def _keep(self, data: bytes, addr: tuple[object, ...]) -> None:
        if len(self._unsent) >= UNSENT:
            self._unsent.popleft()
            self._lost += 1
            if self._lost == 1:
                self._tell_lost()
        self._unsent.append((data, addr))

    def _tell_lost(self) -> None:
        log.warning("call.network_full", waiting=len(self._unsent), lost=self._lost)

    def _send_on(self) -> None:
        try:
            while self._unsent:
                self._sock.sendto(*self._unsent[0])
                self._unsent.popleft()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._unsent.popleft()
            self._protocol.error_received(error)
        if not self._unsent:
            self._loop.remove_writer(self._sock)

    def close(self) -> None:
        """Free the socket; the protocol hears of it. Idempotent."""
        if self._closing:
            return
        if self._polled:
            self._poller.remove(self)
        else:
            self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._closing = True
        self._loop.call_soon(self._end)

    def _end(self) -> None:
        if self._lost:
            self._tell_lost()
        self._sock.close()
        self._protocol.connection_lost(None)


def call_here(function: Callable[..., object], /, *args: object) -> None:
    """What stands for a `Post` on the loop's own thread."""
    function(*args)


def bind(address: str, port: int) -> socket.socket:
    """A UDP socket at a numeric address. Raises `OSError` when the port is taken."""
    family, kind, number, _, place = socket.getaddrinfo(
        address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
    )[0]
    sock = socket.socket(family, kind, number)
    try:
        sock.setblocking(False)
        sock.bind(place)
    except BaseException:  # whatever it was: nobody else has the socket yet
        sock.close()
        raise
    return sock
