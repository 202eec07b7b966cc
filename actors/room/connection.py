"""One TCP connection of the server: metered, and closed at once when it must be."""

from __future__ import annotations

import trio

from actors.room.rate import Bucket

BYTES_PER_SECOND = 1024 * 1024
BURST_BYTES = 4 * 1024 * 1024


class Connection(trio.abc.HalfCloseableStream):
    """A socket stream that takes so many bytes a second and no more.

    The limits above it count whole messages; this one also holds for what never becomes one. Not
    a subclass of `trio.SocketStream`, which is final.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
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
        """Sleeps, and aborts when it is cancelled."""
        try:
            await trio.sleep_forever()
        finally:
            self.abort()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """As a socket does; raises `trio.BrokenResourceError` for who sends too much."""
        data = await self._stream.receive_some(max_bytes)
        if not self._bucket.take(len(data), trio.current_time()):
            raise trio.BrokenResourceError("This peer sends more than it may.")
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As a socket does, one after the other."""
        async with self._sending:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As a socket does, one after the other."""
        async with self._sending:
            await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """As a socket does, one after the other."""
        async with self._sending:
            await self._stream.send_eof()

    async def aclose(self) -> None:
        """As a socket does."""
        await self._stream.aclose()
