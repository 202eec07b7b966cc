"""Waking the Trio thread at every tick, in fewer steps than Trio's entry queue takes."""

import contextlib
import socket
from typing import Protocol

import trio


class Bell(Protocol):
    """Rung on the engine's loop, heard in Trio by one task at a time."""

    rung: int
    """How often it has been rung."""

    def ring(self) -> None:
        """Wake who waits. On the loop's thread."""
        ...

    async def wait(self) -> None:
        """Wait for the next ring; at times it is a ring that `rung` told of before."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class ThreadBell:
    """Between two threads: a byte on a socket, which Trio watches beside its own.

    `TrioToken.run_sync_soon` wakes a task of Trio's, which calls a function, which wakes a task:
    at 50 times a second that is a twentieth of what a lone call costs.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._is_pending = False
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)

    def ring(self) -> None:
        """Wake who waits. On the loop's thread; after `close` it is not heard."""
        self.rung += 1
        if not self._is_pending:
            self._is_pending = True
            with contextlib.suppress(OSError):
                self._there.send(b"\0")

    async def wait(self) -> None:
        """Wait for a ring. Cancelled, the ring is kept for the next who waits."""
        await trio.lowlevel.wait_readable(self._here)
        self._here.recv(16)
        # Only now: whoever rings after this is seen in `rung`, or rings again.
        self._is_pending = False

    def close(self) -> None:
        """Free the sockets."""
        self._here.close()
        self._there.close()


class Ticks:
    """The ticks of all lines of an engine, on the Trio thread.

    Of the tasks that wait one listens to the bell, and wakes the others.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._is_heard = False
        self._others = trio.lowlevel.ParkingLot()

    @property
    def count(self) -> int:
        """How many there were."""
        return self._bell.rung

    async def after(self, seen: int) -> int:
        """Wait until there are more than `seen`; how many there are."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while (count := self._bell.rung) <= seen:
            if self._is_heard:
                await self._others.park()
                continue
            self._is_heard = True
            try:
                await self._bell.wait()
            finally:
                # Also when the listener is cancelled: another one takes its place.
                self._is_heard = False
                if self._others:
                    self._others.unpark_all()
        return count
