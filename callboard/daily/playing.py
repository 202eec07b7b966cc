"""What is written to one audio device: in order, and each write told when it has been played."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import trio

from callboard.daily.errors import QueueFullError

LONGEST_QUEUE: Final = 600
"""Seconds of audio that may wait for one device."""

SLACK: Final = 0.05
"""Seconds by which a writer may be late and still go on in its old rhythm."""

PIECE: Final = 50
"""Pieces a second in which a write is handed over, so that a cancelled one stops soon."""

CUSHION: Final = 0.02
"""Seconds of silence before audio that follows a pause: who writes again when told of the end is
a little late, and without it a tick of the call would find nothing."""


class Sink(Protocol):
    """A device that plays: its write waits while it holds enough."""

    async def write(self, pcm: bytes, /) -> int:
        """Queue 16-bit PCM; how many frames were taken."""
        ...


class Write:
    """One write: how much was played is told by `done`, once."""

    def __init__(self, pcm: bytes, frames: int, done: Callable[[int], object]) -> None:
        self.pcm = pcm
        self.frames = frames
        self.fed = 0
        self.first = False
        self.cancelled = False
        self.due = 0.0
        self._done: Callable[[int], object] | None = done

    def finish(self, frames: int) -> None:
        """Tell how many frames were played, unless it has been told."""
        done, self._done = self._done, None
        if done is not None:
            done(frames)


class Playing:
    """Feeds one device from its writes, and tells each write's end.

    A write ends when its own duration has passed since the one before it ended, or since it came.
    That is told by the clock and not by the device's next tick, so writes of 20 ms come back every
    20.0 ms, and a writer that is a little late does not shift those that follow.

    `admit` may be called from any thread; everything else happens in Trio.
    """

    def __init__(self, sink: Sink, sample_rate: int, channels: int) -> None:
        self._sink = sink
        self._rate = sample_rate
        self._piece = max(1, sample_rate // PIECE)
        self._width = 2 * channels
        self._most = LONGEST_QUEUE * sample_rate
        self._waiting = 0
        self._lock = threading.Lock()
        self._to_feed: deque[Write] = deque()
        self._to_finish: deque[Write] = deque()
        self._free_at = float("-inf")
        self._changed = trio.lowlevel.ParkingLot()
        self._sleeping = trio.CancelScope()
        self._closing = False
        self.listeners: list[Callable[[bytes], None]] = []
        """Called with each piece that the device is given."""

    def admit(self, frames: int) -> None:
        """Count a write that comes. Raises `QueueFullError` where too much waits already."""
        with self._lock:
            if self._waiting and self._waiting + frames > self._most:
                raise QueueFullError(
                    f"{self._waiting / self._rate:.0f} s of audio wait to be played and "
                    f"{frames / self._rate:.0f} s more were written; at most {LONGEST_QUEUE} s "
                    "may wait: write as it is played (completions tell)."
                )
            self._waiting += frames

    def put(self, write: Write) -> None:
        """Take a write that was admitted. In Trio."""
        if self._closing:
            self._finish(write, 0)
            return
        now = trio.current_time()
        write.first = now - self._free_at > SLACK
        begin = now if write.first else self._free_at
        write.due = self._free_at = begin + write.frames / self._rate
        self._to_feed.append(write)
        self._to_finish.append(write)
        self._changed.unpark_all()

    def cancel(self, write: Write) -> None:
        """Play no more of a write than was handed over already. In Trio."""
        if write not in self._to_finish:
            return
        write.cancelled = True
        now = trio.current_time()
        # What comes after it moves up by what is left out.
        left_out = max(0.0, write.due - max(now, write.due - write.frames / self._rate))
        for later in list(self._to_finish)[self._to_finish.index(write) :]:
            later.due -= left_out
        self._free_at -= left_out
        self._sleeping.cancel()
        self._changed.unpark_all()

    def close_when_done(self) -> None:
        """Take no more; `run` returns when all that waits has been played. In Trio."""
        self._closing = True
        self._changed.unpark_all()

    async def run(self) -> None:
        """Serve until closed. Cancelled, it tells every waiting write what was played of it."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._feed)
                await self._end_writes()
                nursery.cancel_scope.cancel()
        finally:
            self._closing = True
            while self._to_finish:
                write = self._to_finish.popleft()
                self._finish(write, write.fed)

    async def _feed(self) -> None:
        step = self._piece * self._width
        while True:
            while not self._to_feed:
                await self._changed.park()
            write = self._to_feed.popleft()
            if write.first:
                await self._sink.write(bytes(int(CUSHION * self._rate) * self._width))
            for start in range(0, len(write.pcm), step):
                if write.cancelled:
                    break
                piece = write.pcm[start : start + step]
                write.fed += await self._sink.write(piece)
                for listener in tuple(self.listeners):
                    listener(piece)
            self._changed.unpark_all()

    async def _end_writes(self) -> None:
        while True:
            while not self._to_finish:
                if self._closing:
                    return
                await self._changed.park()
            write = self._to_finish[0]
            while trio.current_time() < write.due:
                with trio.CancelScope() as self._sleeping:
                    await trio.sleep_until(write.due)
            while write.fed < write.frames and not write.cancelled:
                await self._changed.park()
            self._to_finish.popleft()
            self._finish(write, write.fed)

    def _finish(self, write: Write, frames: int) -> None:
        with self._lock:
            self._waiting -= write.frames
        write.finish(frames)
