"""Writes audio and pictures from any thread, in order, each write told when it has been played."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs
import trio

from actors.devices import CameraDevice, MicrophoneDevice
from actors.errors import CallError
from callboard.daily.background import BackgroundThread
from callboard.daily.callbacks import CallbackThreads
from callboard.daily.checks import DailyColor, check_picture, pcm_of, picture_of
from callboard.daily.errors import QueueFullError
from callboard.daily.options import Options
from media import AudioFrame

if TYPE_CHECKING:
    from typing_extensions import Buffer


LONGEST_QUEUE: Final = 600
"""Seconds of audio that may wait for one device."""

SLACK: Final = 0.05
"""Seconds by which a writer may be late and still go on in its old rhythm."""

PIECE: Final = 50
"""Pieces a second in which a write is handed over, so that a cancelled one stops soon."""

CUSHION: Final = 0.02
"""Seconds of silence before audio that follows a pause: who writes again when told of the end is
a little late, and without it a tick of the call would find nothing."""


@attrs.define(eq=False)
class Write:
    """One write: how much was played is told by `done`, once."""

    pcm: bytes
    frames: int
    _done: Callable[[int], object] | None
    fed: int = 0
    first: bool = False
    cancelled: bool = False
    due: float = 0.0

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

    def __init__(self, sink: MicrophoneDevice, sample_rate: int, channels: int) -> None:
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


class DeviceHost(Protocol):
    """The context of a device, as far as writing to it needs one."""

    options: Options
    callbacks: CallbackThreads

    background: BackgroundThread[Any]
    audio_tracks: weakref.WeakValueDictionary[str, PcmWriter]
    video_tracks: weakref.WeakValueDictionary[str, PictureWriter]


class PcmWriter:
    """One device's writes, blocking and not.

    Raises `DeinitializedError` after `Daily.deinit()` and in a forked child.
    """

    def __init__(self, context: DeviceHost, device: MicrophoneDevice) -> None:
        self.context = context
        self.device = device
        self._playing = Playing(device, device.sample_rate, device.channels)
        context.background.spawn(self._playing.run)

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def sample_rate(self) -> int:
        return self.device.sample_rate

    @property
    def channels(self) -> int:
        return self.device.channels

    def listen(self, listener: Callable[[int, AudioFrame], None]) -> Callable[[], None]:
        """Give `listener(source, frame)` what is played, in Trio; call the result to end it."""
        device = self.device

        def hear(pcm: bytes) -> None:
            frame = AudioFrame.from_bytes(pcm, device.sample_rate, device.channels)
            listener(id(device), frame)

        self._playing.listeners.append(hear)
        return lambda: self._playing.listeners.remove(hear)

    def close_with(self, owner: object, also: Callable[[], object] = lambda: None) -> None:
        """Close the device, once all is played, when `owner` has been deleted."""
        playing = self._playing

        def close() -> None:
            also()
            playing.close_when_done()

        self.context.background.close_with(owner, close)

    def write(self, frames: Buffer) -> int:
        """Wait until `frames` are played; how many were. Ctrl-C leaves the rest out."""
        result: concurrent.futures.Future[int] = concurrent.futures.Future()
        write = self._put(frames, result.set_result)
        if write is None:
            return 0
        try:
            return result.result()
        except BaseException:
            self.context.background.forget(lambda: self._playing.cancel(write))
            raise

    def write_soon(self, frames: Buffer, completion: Callable[[int], object] | None) -> None:
        """Queue `frames` and return; `completion` is called once with how many were played."""

        def done(played: int) -> None:
            if completion is not None:
                self.context.callbacks.call(partial(completion, played))

        if self._put(frames, done) is None:
            done(0)

    def _put(self, frames: Buffer, done: Callable[[int], object]) -> Write | None:
        self.context.background.check()
        pcm = pcm_of(frames, self.device.channels)
        if self.context.options.strict and self.device.state != "running":
            return None
        write = Write(pcm, len(pcm) // (2 * self.device.channels), done)
        self._playing.admit(write.frames)
        self.context.background.post(lambda: self._playing.put(write))
        return write


class PictureWriter:
    """One device's pictures. Raises `DeinitializedError` after `Daily.deinit()`."""

    def __init__(
        self, context: DeviceHost, name: str, width: int, height: int, color_format: str
    ) -> None:
        self.context = context
        self.width, self.height, color = check_picture(width, height, color_format)
        self.color: DailyColor = color
        self.device = context.background.call(
            lambda: CameraDevice(name, self.width, self.height, color_format=color)
        )

    @property
    def name(self) -> str:
        return self.device.name

    def close_with(self, owner: object, also: Callable[[], object] = lambda: None) -> None:
        """Close the device when `owner` has been deleted."""
        device = self.device

        def close() -> None:
            also()
            device.close()

        self.context.background.close_with(owner, close)

    def write(self, frame: Buffer) -> None:
        """Show a picture and return at once. Raises `ValueError` for another size."""
        self.context.background.check()
        data = picture_of(frame, self.width, self.height, self.color)
        device = self.device

        def show() -> None:
            with contextlib.suppress(CallError):  # it was closed a moment ago
                device.write(data)

        self.context.background.post(show)
