"""Runs a user's functions on threads of their own, never on the one that paces audio."""

from __future__ import annotations

import inspect
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

import outcome
import trio

from callboard.daily.shapes import Object, made, made_by

Call = Callable[[], object]

MOST_THREADS: Final = 64


class CallbackThreads:
    """Runs each call on a free thread, so that a slow one does not hold up the next.

    Calls begin in order. With 64 running, the next one waits until one of them returns. Threads
    are Trio's, kept for ten idle seconds, and daemons: a callback that never returns does not keep
    the process from ending.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._waiting: deque[Call] = deque()
        self._running = 0
        self._own = threading.local()

    def call(self, call: Call) -> None:
        """Run `call` soon. Any thread."""
        with self._lock:
            if self._running >= MOST_THREADS:
                self._waiting.append(call)
                return
            self._running += 1
        self._start(call)

    @property
    def is_current(self) -> bool:
        """Whether the current thread runs a user's callback."""
        return getattr(self._own, "active", False)

    def wait_idle(self, seconds: float) -> bool:
        """Wait until every call but the caller's own has returned; False when some have not."""
        own = 1 if self.is_current else 0
        with self._lock:
            return self._lock.wait_for(lambda: self._running <= own, seconds)

    def _start(self, call: Call) -> None:
        try:
            trio.lowlevel.start_thread_soon(lambda: self._work(call), _nothing, "daily-callback")
        except RuntimeError:  # the interpreter ends and starts no more threads
            with self._lock:
                self._running -= 1
                self._lock.notify_all()

    def _work(self, call: Call | None) -> None:
        self._own.active = True
        try:
            while call is not None:
                run_guarded(call)
                call = self._next()
        finally:
            self._own.active = False

    def _next(self) -> Call | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._running -= 1
            self._lock.notify_all()
            return None


class CallbackQueue:
    """Runs calls one after the other, in order, on one of the threads."""

    def __init__(self, threads: CallbackThreads) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque()
        self._busy = False

    def call(self, call: Call) -> None:
        """Run `call` after those that came before. Any thread."""
        with self._lock:
            self._calls.append(call)
            if self._busy:
                return
            self._busy = True
        self._threads.call(self._drain)

    def __len__(self) -> int:
        return len(self._calls)

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._calls:
                    self._busy = False
                    return
                call = self._calls.popleft()
            run_guarded(call)


def run_guarded(call: Call) -> None:
    """Run a user's function; what it raises is shown as an exception of its thread."""
    try:
        call()
    except BaseException:  # nobody stands above a callback: even SystemExit ends here
        kind, error, trace = sys.exc_info()
        threading.excepthook(
            threading.ExceptHookArgs((kind, error, trace, threading.current_thread()))
        )


def _nothing(result: outcome.Outcome[object]) -> None:
    """Nobody waits for the end of a thread's work."""


@made_by("an audio renderer")
class AudioData:
    """A stretch of one participant's audio: interleaved 16-bit little-endian PCM."""

    __slots__ = ("_channels", "_frames", "_rate")

    _frames: bytes
    _rate: int
    _channels: int

    @property
    def audio_frames(self) -> bytes:
        """The samples."""
        return self._frames

    @property
    def bits_per_sample(self) -> int:
        """16."""
        return 16

    @property
    def num_audio_frames(self) -> int:
        """Samples of each channel."""
        return len(self._frames) // (2 * self._channels)

    @property
    def num_channels(self) -> int:
        """1 or 2."""
        return self._channels

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._rate

    def __repr__(self) -> str:
        return f"AudioData({self.num_audio_frames} frames, {self._rate} Hz, {self._channels} ch)"


def audio_data(frames: bytes, sample_rate: int, channels: int) -> AudioData:
    return made(AudioData, frames=frames, rate=sample_rate, channels=channels)


@made_by("a video renderer")
class VideoFrame:
    """One picture of one participant."""

    __slots__ = ("_buffer", "_color_format", "_height", "_timestamp", "_width")

    _buffer: bytes
    _width: int
    _height: int
    _color_format: str
    _timestamp: int

    @property
    def buffer(self) -> bytes:
        """The pixels in `color_format`, rows without padding."""
        return self._buffer

    @property
    def color_format(self) -> str:
        """As the renderer was asked for."""
        return self._color_format

    @property
    def height(self) -> int:
        """Pixels."""
        return self._height

    @property
    def timestamp_us(self) -> int:
        """When it was received, in microseconds of a clock that only moves forward."""
        return self._timestamp

    @property
    def width(self) -> int:
        """Pixels."""
        return self._width

    def __repr__(self) -> str:
        return f"VideoFrame({self._width}x{self._height} {self._color_format})"


def video_frame(
    buffer: bytes, width: int, height: int, color_format: str, timestamp_us: int
) -> VideoFrame:
    return made(
        VideoFrame,
        buffer=buffer,
        width=width,
        height=height,
        color_format=color_format,
        timestamp=timestamp_us,
    )


Done: TypeAlias = Callable[[str | None], object]
"""Takes the error of an operation, or None."""

DoneWithId: TypeAlias = Callable[[str | None, str | None], object]
"""Takes an id, or None and the error."""

Joined: TypeAlias = Callable[[Object | None, str | None], object]
"""Takes what `join` found, or None and the error."""

AudioCallback: TypeAlias = Callable[[str, AudioData, str], object]
"""Takes the participant's id, a piece of audio, and which of the participant's sources it is."""

VideoCallback: TypeAlias = Callable[[str, VideoFrame, str], object]
"""Takes the participant's id, a picture, and which of the participant's sources it is."""

F = TypeVar("F", bound=Callable[..., object])


def checked(function: F | None) -> F | None:
    """A function or None; anything else is the caller's mistake and raises `TypeError`."""
    if function is not None and not callable(function):
        raise TypeError(f"a function is called back, not {type(function).__name__}.")
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            "the function that is called back is async, and nobody would await it: give a plain "
            "one, for example one that calls loop.call_soon_threadsafe."
        )
    return function
