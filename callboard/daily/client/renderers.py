"""Audio and pictures of single participants, given to callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import attrs
import structlog
import trio

from actors.call.port import custom_kind
from actors.session import Session
from callboard.daily.callbacks import (
    AudioCallback,
    AudioData,
    CallbackQueue,
    CallbackThreads,
    VideoCallback,
    VideoFrame,
    audio_data,
    video_frame,
)
from callboard.daily.checks import DailyColor
from callboard.daily.errors import BadValueError
from media import AudioFrame
from media import VideoFrame as Picture

F = TypeVar("F")
T = TypeVar("T")

log = structlog.get_logger("callboard.daily")

LONGEST_MS: Final = 10_000
BACKLOG_SECONDS: Final = 10
"""How far a callback may fall behind before audio that it has not seen is dropped."""

BACKLOG_PICTURES: Final = 2

AUDIO_KINDS: Final = {"microphone": "microphone", "screenAudio": "screen_audio"}
VIDEO_KINDS: Final = {"camera": "camera", "screenVideo": "screen"}
"""These sources as a call names them; any other is the name of a custom track."""


def _whole_milliseconds(_: object, __: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_MS:
        raise BadValueError(
            f"callback_interval_ms is {value!r}; it must be a whole number from 1 to {LONGEST_MS}."
        )


@attrs.frozen
class AudioRendererSettings:
    """The arguments of `set_audio_renderer`; without a callback it ends."""

    callback: AudioCallback | None
    sample_rate: int
    interval_ms: int = attrs.field(validator=_whole_milliseconds)


@attrs.frozen
class VideoRendererSettings:
    """The arguments of `set_video_renderer`; without a callback it ends."""

    callback: VideoCallback | None
    color_format: DailyColor


Rendering = AudioRendererSettings | VideoRendererSettings
Key = tuple[str, str]
"""A participant's id, and which of its media."""


class Renderers:
    """Every renderer of a client, through all its calls. In Trio."""

    def __init__(self, threads: CallbackThreads) -> None:
        self._threads = threads
        self._wanted: dict[Key, Rendering] = {}
        self._ends: dict[Key, Callable[[], None]] = {}
        self._session: Session | None = None

    def set(self, participant: str, source: str, rendering: Rendering) -> None:
        """Begin a renderer, replace the one that was there, or end it."""
        key = (participant, source)
        self._unplug(key)
        self._wanted.pop(key, None)
        if rendering.callback is not None:
            self._wanted[key] = rendering
            self._plug(key, rendering)

    def enter(self, session: Session) -> None:
        self._session = session
        for key, rendering in self._wanted.items():
            self._plug(key, rendering)

    def leave(self) -> None:
        self._session = None
        self._ends.clear()

    def _plug(self, key: Key, rendering: Rendering) -> None:
        session = self._session
        if session is None:
            return
        participant, source = key
        assert rendering.callback is not None
        if isinstance(rendering, AudioRendererSettings):
            most = max(2, BACKLOG_SECONDS * 1000 // rendering.interval_ms)
            audio = Feed(self._threads, key, rendering.callback, _audio_data, most)
            self._ends[key] = session.render_audio(
                participant,
                audio.take,
                sample_rate=rendering.sample_rate,
                interval=rendering.interval_ms / 1000,
                kind=AUDIO_KINDS.get(source) or custom_kind("audio", source),
            )
        else:
            video = Feed(self._threads, key, rendering.callback, _video_frame, BACKLOG_PICTURES)
            self._ends[key] = session.render_video(
                participant,
                video.take,
                color_format=rendering.color_format,
                kind=VIDEO_KINDS.get(source) or custom_kind("video", source),
            )

    def _unplug(self, key: Key) -> None:
        end = self._ends.pop(key, None)
        if end is not None:
            end()


class Feed(Generic[F, T]):
    """Calls back with one medium, off the Trio thread; what a slow callback misses is counted.

    Args:
        convert: makes what is given to the callback.
        most: calls that may wait.
    """

    def __init__(
        self,
        threads: CallbackThreads,
        key: Key,
        callback: Callable[[str, T, str], object],
        convert: Callable[[F], T],
        most: int,
    ) -> None:
        self._queue = CallbackQueue(threads)
        self._key = key
        self._callback = callback
        self._convert = convert
        self._most = most
        self._lost = 0

    def take(self, frame: F) -> None:
        participant, source = self._key
        if len(self._queue) < self._most:
            given = self._convert(frame)
            self._queue.call(lambda: self._callback(participant, given, source))
            return
        self._lost = lost = self._lost + 1
        if lost & (lost - 1) == 0:  # 1, 2, 4, 8, ...: seen at once, never a flood
            what = "audio" if isinstance(frame, AudioFrame) else "pictures"
            log.warning("renderer_too_slow", what=what, participant=participant, lost=lost)


def _audio_data(frame: AudioFrame) -> AudioData:
    return audio_data(frame.to_bytes(), frame.sample_rate, frame.channels)


def _video_frame(picture: Picture) -> VideoFrame:
    at = int(trio.current_time() * 1_000_000)
    return video_frame(picture.to_bytes(), picture.width, picture.height, picture.color_format, at)
