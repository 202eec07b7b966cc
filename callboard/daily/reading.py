"""What is read from one speaker: in order, each read answered with just what it asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import trio


class Source(Protocol):
    """A device that hears: a read waits until so much has been heard."""

    async def read(self, frames: int) -> bytes:
        """So many frames of 16-bit PCM, in real time."""
        ...


class Read:
    """One read: its audio is told by `done`, once."""

    def __init__(self, frames: int, done: Callable[[bytes], object]) -> None:
        self.frames = frames
        self.cancelled = False
        self._done: Callable[[bytes], object] | None = done

    def finish(self, pcm: bytes) -> None:
        """Tell what was heard, unless it has been told."""
        done, self._done = self._done, None
        if done is not None:
            done(pcm)


class Reading:
    """Answers the reads of one device, one after the other. All of it in Trio."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reads: deque[Read] = deque()
        self._changed = trio.lowlevel.ParkingLot()
        self._scope = trio.CancelScope()
        self._closing = False

    def put(self, read: Read) -> None:
        """Take a read."""
        if self._closing:
            read.finish(b"")
            return
        self._reads.append(read)
        self._changed.unpark_all()

    def cancel(self, read: Read) -> None:
        """Answer a read with nothing, now."""
        if read in self._reads:
            read.cancelled = True
            if read is self._reads[0]:
                self._scope.cancel()

    def close_when_done(self) -> None:
        """Take no more; `run` returns when the reads that wait are answered."""
        self._closing = True
        self._changed.unpark_all()

    async def run(self) -> None:
        """Serve until closed. Cancelled, it answers what waits with nothing."""
        try:
            while True:
                while not self._reads:
                    if self._closing:
                        return
                    await self._changed.park()
                read, pcm = self._reads[0], b""
                with trio.CancelScope() as self._scope:
                    if not read.cancelled:
                        pcm = await self._source.read(read.frames)
                self._reads.popleft()
                read.finish(pcm)
        finally:
            self._closing = True
            while self._reads:
                self._reads.popleft().finish(b"")
