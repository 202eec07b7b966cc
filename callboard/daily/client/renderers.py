"""Audio and pictures of single participants, given to callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import structlog
import trio

from actors.call.port import custom_kind
from actors.session import Session
from callboard.daily.callbacks import (
    AudioCallback,
    CallbackQueue,
    CallbackThreads,
    VideoCallback,
    audio_data,
    video_frame,
)
from callboard.daily.checks import DailyColor
from callboard.daily.errors import BadValueError
from media import AudioFrame
from media import VideoFrame as Picture

log = structlog.get_logger("callboard.daily")

LONGEST_MS: Final = 10_000
BACKLOG_SECONDS: Final = 10
"""How far a callback may fall behind before audio that it has not seen is dropped."""

BACKLOG_PICTURES: Final = 2

AUDIO_KINDS: Final = {"microphone": "microphone", "screenAudio": "screen_audio"}
VIDEO_KINDS: Final = {"camera": "camera", "screenVideo": "screen"}
"""What a call names these sources; any other is the name of a custom track."""


def _whole_milliseconds(_: object, __: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_MS:
        raise BadValueError(
            f"callback_interval_ms is {value!r}; it must be a whole number from 1 to {LONGEST_MS}."
        )


@attrs.frozen
class AudioRendererSettings:
    """What was asked for by `set_audio_renderer`; without a callback it ends."""

    callback: AudioCallback | None
    sample_rate: int
    interval_ms: int = attrs.field(validator=_whole_milliseconds)


@attrs.frozen
class VideoRendererSettings:
    """What was asked for by `set_video_renderer`; without a callback it ends."""

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
        if isinstance(rendering, AudioRendererSettings):
            assert rendering.callback is not None
            audio = AudioFeed(self._threads, participant, source, rendering)
            self._ends[key] = session.render_audio(
                participant,
                audio.take,
                sample_rate=rendering.sample_rate,
                interval=rendering.interval_ms / 1000,
                kind=AUDIO_KINDS.get(source) or custom_kind("audio", source),
            )
        else:
            video = VideoFeed(self._threads, participant, source, rendering)
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


class AudioFeed:
    """Calls back with one voice, off the Trio thread; what a slow callback misses is counted."""

    def __init__(
        self,
        threads: CallbackThreads,
        participant: str,
        source: str,
        rendering: AudioRendererSettings,
    ) -> None:
        assert rendering.callback is not None
        self._queue = CallbackQueue(threads)
        self._callback = rendering.callback
        self._participant, self._source = participant, source
        self._most = max(2, BACKLOG_SECONDS * 1000 // rendering.interval_ms)
        self._dropped = 0

    def take(self, frame: AudioFrame) -> None:
        if len(self._queue) >= self._most:
            self._dropped += 1
            _warn("audio", self._participant, self._dropped)
            return
        data = audio_data(frame.to_bytes(), frame.sample_rate, frame.channels)
        self._queue.call(lambda: self._callback(self._participant, data, self._source))


class VideoFeed:
    """Calls back with one participant's pictures."""

    def __init__(
        self,
        threads: CallbackThreads,
        participant: str,
        source: str,
        rendering: VideoRendererSettings,
    ) -> None:
        assert rendering.callback is not None
        self._queue = CallbackQueue(threads)
        self._callback = rendering.callback
        self._participant, self._source = participant, source
        self._dropped = 0

    def take(self, picture: Picture) -> None:
        if len(self._queue) >= BACKLOG_PICTURES:
            self._dropped += 1
            _warn("pictures", self._participant, self._dropped)
            return
        at = int(trio.current_time() * 1_000_000)
        frame = video_frame(
            picture.to_bytes(), picture.width, picture.height, picture.color_format, at
        )
        self._queue.call(lambda: self._callback(self._participant, frame, self._source))


def _warn(what: str, participant: str, lost: int) -> None:
    if lost & (lost - 1) == 0:  # 1, 2, 4, 8, ...: seen at once, never a flood
        log.warning("renderer_too_slow", what=what, participant=participant, lost=lost)
