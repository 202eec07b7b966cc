"""Reading a file in a worker thread, ahead of its time, and giving each frame when it is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import trio

from media import VIDEO_CLOCK_RATE, AudioFrame, VideoFrame
from runtime import Context, OutPort, Work

BATCH_SECONDS = 0.2
BATCH_FRAMES = 10
"""What is read at once: enough to be worth a thread, little enough in memory."""

Frame = TypeVar("Frame", AudioFrame, VideoFrame)
Frame_co = TypeVar("Frame_co", AudioFrame, VideoFrame, covariant=True)


class MediaFile(Protocol[Frame_co]):
    """`AudioFile` or `VideoFile`."""

    def read(self) -> Frame_co | None:
        """Return the next frame, or None at the end."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class ReadAhead(Generic[Frame]):
    """A file that is read in one thread and may be closed from another.

    A thread that was abandoned still reads: a file closed under it would take the process along.
    """

    def __init__(self, file: MediaFile[Frame]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._closed = False

    def read(self) -> list[Frame]:
        """Return the next frames, none at the end. Blocks."""
        frames: list[Frame] = []
        with self._lock:
            while not self._closed and (frame := self._file.read()) is not None:
                frames.append(frame)
                span = _seconds(frames[-1]) - _seconds(frames[0])
                if len(frames) >= BATCH_FRAMES or span >= BATCH_SECONDS:
                    break
        self._close_if_over()
        return frames

    def close(self) -> None:
        """Close the file now, or when the read that goes on has ended. Never blocks."""
        self._closed = True
        self._close_if_over()

    def _close_if_over(self) -> None:
        if self._closed and self._lock.acquire(blocking=False):
            try:
                self._file.close()
            finally:
                self._lock.release()


async def play_file(
    ctx: Context,
    open_file: Callable[[], MediaFile[Frame]],
    outlet: OutPort[Frame],
    *,
    skip: bool = False,
) -> None:
    """Send each of a file's frames when it is due, judged by their `pts`.

    After a stall everything is later, but with `skip` what has become too late is left out.
    """
    reader = ReadAhead(await ctx.in_thread(open_file, work=Work.IO))
    try:
        give, frames = trio.open_memory_channel[list[Frame]](1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_read, ctx, reader, give)
            await _pace(ctx, frames, outlet, skip)
    finally:
        reader.close()


async def _read(
    ctx: Context, reader: ReadAhead[Frame], give: trio.MemorySendChannel[list[Frame]]
) -> None:
    async with give:
        while batch := await ctx.in_thread(reader.read, work=Work.IO):
            await give.send(batch)


async def _pace(
    ctx: Context,
    batches: trio.MemoryReceiveChannel[list[Frame]],
    outlet: OutPort[Frame],
    skip: bool,
) -> None:
    origin: float | None = None
    async for batch in batches:
        for place, frame in enumerate(batch):
            now = ctx.now()
            if origin is None:
                origin = now - _seconds(frame)
            due = origin + _seconds(frame)
            last = place == len(batch) - 1
            if skip and not last and now >= origin + _seconds(batch[place + 1]):
                continue
            if not skip and now - due > BATCH_SECONDS:
                origin += now - due
                due = now
            await trio.sleep_until(due)
            await outlet.send(frame)


def _seconds(frame: AudioFrame | VideoFrame) -> float:
    rate = frame.sample_rate if isinstance(frame, AudioFrame) else VIDEO_CLOCK_RATE
    return frame.pts / rate
