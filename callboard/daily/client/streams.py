"""Recordings and live streams of one client."""

from __future__ import annotations

import contextlib
import datetime
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
import trio

from actors.devices import SpeakerDevice
from actors.errors import CallEnded
from actors.session import Session
from callboard.daily.client.recording import (
    AUDIO_ONLY,
    NO_H264,
    PART,
    SAMPLE_RATE,
    CallRecording,
    FilmSettings,
    FilmWriter,
    RtmpWriter,
    StreamWriter,
    h264_encoder,
    unavailable,
)
from callboard.daily.client.taps import Tap, Watching
from callboard.daily.errors import BadValueError, DailyError, NotSupportedError
from callboard.daily.event_handler import EventDispatcher
from callboard.daily.shapes import Given, Json, Object, fields_of, object_in, texts
from media import AudioFormat
from media.files import OggOpusWriter, WebmWriter
from media.files.webm import VideoSize
from runtime.errors import lone

log = structlog.get_logger("callboard.daily")

FOLDER_VARIABLE: Final = "CALLBOARD_RECORDINGS"
"""Where recordings go; the current folder where it is not set."""

NO_PICTURES: Final = (
    "somebody shows a camera or a screen, but this recording began with sound alone and stays so: "
    "ask for pictures from the start by streaming_settings={'video': {}}."
)

SETTINGS: Final = (
    "video",
    "audio",
    "maxDuration",
    "layout",
    "type",
    "instanceId",
    "minIdleTimeOut",
)


class CallSound:
    """The sound and pictures of a call, for recordings."""

    def __init__(self, room: str, session: Session, taps: set[Tap], watching: Watching) -> None:
        self.room = room
        self.watching = watching
        self.local = session.id
        self._session = session
        self._taps = taps

    def open(self) -> tuple[SpeakerDevice, Tap]:
        """Everybody else, and ourselves; `close` ends both."""
        heard, own = SpeakerDevice("recording", SAMPLE_RATE, 1), Tap(SAMPLE_RATE)
        self._session.attach(heard)
        self._taps.add(own)
        return heard, own

    def close(self, heard: SpeakerDevice, own: Tap) -> None:
        self._taps.discard(own)
        self._session.detach(heard)
        heard.close()

    def show_recording(self, recording: bool) -> None:
        with contextlib.suppress(CallEnded):
            self._session.update(recording=recording)


class Streams:
    """Starts and stops them, and tells `on_recording_*` and `on_live_stream_*`."""

    def __init__(
        self,
        telling: EventDispatcher,
        nursery: Callable[[], trio.Nursery],
        call: Callable[[], CallSound | None],
    ) -> None:
        self._telling = telling
        self._nursery = nursery
        self._call = call
        self._recordings: dict[str, CallRecording] = {}
        self._live: dict[str, dict[str, CallRecording]] = {}
        """By the stream's id, then by URL."""

    async def start_recording(
        self, settings: Given | None, stream_id: str | None, force_new: bool | None
    ) -> str:
        """Record to a new file, WebM where there are pictures, else Ogg/Opus; the stream's id."""
        call, given = self._needs_call(), _settings(settings)
        identifier = self._new_id(self._recordings, stream_id, bool(force_new))
        bitrate = _bitrate(given)
        film = _film(given, call.watching)
        path = _path(call.room, ".ogg" if film is None else ".webm")

        before = call.watching.gather
        if film is None and not _sound_alone(given):
            before = _warning_of_pictures(call.watching, path)

        def open_writer() -> StreamWriter:
            path.parent.mkdir(parents=True, exist_ok=True)
            if film is None:
                return OggOpusWriter(path, SAMPLE_RATE, 1, bitrate=bitrate)
            file = WebmWriter(
                path,
                audio=AudioFormat(SAMPLE_RATE, 1),
                video=VideoSize(film.width, film.height, film.frame_rate),
                audio_bitrate=bitrate,
                video_bitrate=film.bitrate,
            )
            return FilmWriter(file, film, lambda: call.watching.pictures)

        recording = await self._begin(
            call, identifier, open_writer, self._recording_failed, film=film, before=before
        )
        self._recordings[identifier] = recording
        call.show_recording(True)
        log.info("recording", path=str(path))
        self._telling.tell(
            "recording_started",
            {
                "layout": _layout(film),
                "recordingId": str(uuid.uuid4()),
                "startedBy": call.local,
                "streamId": identifier,
                # Beyond the original: it is a file of this machine.
                "path": str(path),
            },
        )
        return identifier

    async def stop_recording(self, stream_id: str | None) -> None:
        """End one or all; their files are complete then."""
        for identifier in self._named(self._recordings, stream_id, "recording"):
            await self._recordings.pop(identifier).stop()
            self._telling.tell("recording_stopped", identifier)
        call = self._call()
        if call is not None and not self._recordings:
            call.show_recording(False)

    async def start_live_stream(
        self, urls: Sequence[str], settings: Given | None, stream_id: str | None
    ) -> None:
        """Send sound, and pictures where there are any, to RTMP servers.

        Where the build lacks an encoder for the pictures, a warning tells it; so it is where one
        server of several is lost: the others go on.
        """
        call, given = self._needs_call(), _settings(settings)
        addresses = tuple(dict.fromkeys(texts(urls, "rtmp_urls")))
        for url in addresses:
            if not url.startswith(("rtmp://", "rtmps://")):
                raise BadValueError("an RTMP URL begins with rtmp:// or rtmps://.")
        if not addresses:
            raise BadValueError("rtmp_urls is empty; give one URL or more.")
        if (why := unavailable()) is not None:
            raise NotSupportedError(why)
        identifier = self._new_id(self._live, stream_id, False)
        bitrate, film = _bitrate(given), _film(given, call.watching)
        lacking = film is not None and h264_encoder() is None
        if lacking:
            film = None

        def open_writer(url: str) -> StreamWriter:
            writer = RtmpWriter(url, bitrate, film)
            if film is None:
                return writer
            return FilmWriter(writer, film, lambda: call.watching.pictures)

        streams: dict[str, CallRecording] = {}
        try:
            for url in addresses:
                streams[url] = await self._begin(
                    call,
                    identifier,
                    partial(open_writer, url),
                    self._live_failed,
                    film=film,
                    before=call.watching.gather,
                )
        except DailyError:
            for stream in streams.values():
                await stream.stop()
            raise
        self._live[identifier] = streams
        self._telling.tell(
            "live_stream_started",
            {"layout": _layout(film), "startedBy": call.local, "streamId": identifier},
        )
        if lacking:
            log.warning("live_stream", why=NO_H264)
            self._telling.tell("live_stream_warning", identifier, NO_H264)
        for stream in tuple(streams.values()):
            if stream.failure is not None:
                self._live_failed(stream)

    async def stop_live_stream(self, stream_id: str | None) -> None:
        for identifier in self._named(self._live, stream_id, "live stream"):
            for stream in self._live.pop(identifier).values():
                await stream.stop()
            self._telling.tell("live_stream_stopped", identifier)

    async def stop_all(self) -> None:
        """The call ends: complete every file and close every stream."""
        if self._recordings:
            await self.stop_recording(None)
        if self._live:
            await self.stop_live_stream(None)

    async def _begin(
        self,
        call: CallSound,
        identifier: str,
        open_writer: Callable[[], StreamWriter],
        failed: Callable[[CallRecording], object],
        *,
        film: FilmSettings | None,
        before: Callable[[], None],
    ) -> CallRecording:
        heard, own = call.open()
        part = PART if film is None else film.part
        recording = CallRecording(identifier, open_writer, heard, own, part=part, before=before)
        if film is not None:
            call.watching.begin()

        async def keep(*, task_status: trio.TaskStatus[None]) -> None:
            try:
                await recording.run(task_status=task_status)
            except Exception as error:
                if not recording.begun:
                    raise DailyError(f"it cannot be written: {_why(error)}") from error
                recording.failure = _why(error)
                failed(recording)
            finally:
                call.close(heard, own)
                if film is not None:
                    call.watching.end()

        await self._nursery().start(keep)
        return recording

    def _recording_failed(self, recording: CallRecording) -> None:
        self._recordings.pop(recording.identifier, None)
        self._telling.tell("recording_error", recording.identifier, recording.failure)

    def _live_failed(self, stream: CallRecording) -> None:
        streams = self._live.get(stream.identifier)
        if streams is None:
            return  # it is still being started, or stopped
        (url,) = (url for url, each in streams.items() if each is stream)
        del streams[url]
        if streams:
            why = f"the server {urlsplit(url).hostname} is lost ({stream.failure}); others go on."
            self._telling.tell("live_stream_warning", stream.identifier, why)
            return
        del self._live[stream.identifier]
        self._telling.tell("live_stream_error", stream.identifier, stream.failure)

    def _needs_call(self) -> CallSound:
        call = self._call()
        if call is None:
            raise DailyError("this needs a call: join first.")
        return call

    def _new_id(self, running: Mapping[str, object], stream_id: str | None, force_new: bool) -> str:
        if stream_id is None:
            if running and not force_new:
                raise DailyError("one runs already: stop it, or give another stream_id.")
            return str(uuid.uuid4())
        if stream_id in running:
            raise DailyError(f"a stream {stream_id} runs already: stop it first.")
        return stream_id

    def _named(self, running: Mapping[str, object], stream_id: str | None, what: str) -> list[str]:
        if stream_id is None:
            if not running:
                raise DailyError(f"no {what} runs.")
            return list(running)
        if stream_id not in running:
            raise DailyError(f"no {what} {stream_id} runs.")
        return [stream_id]


def _settings(settings: Given | None) -> Object:
    return {} if settings is None else fields_of(settings, "streaming_settings", SETTINGS)


def _bitrate(settings: Object) -> int:
    bitrate = object_in(dict(settings), "audio").get("bitrate")
    if bitrate is None:
        return 64_000
    if isinstance(bitrate, bool) or not isinstance(bitrate, int) or bitrate < 6:
        raise BadValueError(f"audio.bitrate is {bitrate!r}; it must be kbit/s from 6.")
    return bitrate * 1000 if bitrate < 6000 else bitrate


def _film(settings: Object, watching: Watching) -> FilmSettings | None:
    """Somebody shows something now, or pictures were asked for; and not for sound alone."""
    if _sound_alone(settings):
        return None
    if not watching.anything and settings.get("video") is None:
        return None
    return FilmSettings.read(settings)


def _sound_alone(settings: Object) -> bool:
    layout = settings.get("layout")
    return isinstance(layout, dict) and layout.get("preset") == AUDIO_ONLY


def _warning_of_pictures(watching: Watching, path: Path) -> Callable[[], None]:
    """Return a function that warns once, when somebody shows something."""
    left = [NO_PICTURES]

    def look() -> None:
        if left and watching.anything:
            log.warning("recording", path=str(path), why=left.pop())

    return look


def _layout(film: FilmSettings | None) -> Json:
    return {"preset": AUDIO_ONLY if film is None else "default"}


def _path(room: str, suffix: str) -> Path:
    folder = Path(os.environ.get(FOLDER_VARIABLE) or ".")
    stamp = datetime.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    path = folder / f"{room}-{stamp}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{room}-{stamp}-{number}{suffix}"
        number += 1
    return path


def _why(error: BaseException) -> str:
    leaf = lone(error)
    text = str(leaf)
    if isinstance(leaf, OSError) and str(leaf.filename).startswith("rtmp"):
        text = leaf.strerror  # else it quotes the URL, which holds the stream's key
    return f"{type(leaf).__name__}: {text}" if text else type(leaf).__name__
