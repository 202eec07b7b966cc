"""Sources of media: files, read ahead in a worker thread, a tone, and colour bars."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import attrs
import numpy as np
import trio

from actors.devices.pcm import own_format
from media import (
    VIDEO_CLOCK_RATE,
    AudioFrame,
    ColorFormat,
    Pixels,
    VideoFormat,
    VideoFrame,
)
from media.color import Conversion
from runtime import Actor, Context, Kind, Out, OutPort, Pacer, Work

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

    def close(self) -> None: ...


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


@attrs.frozen
class AudioFileSource(Actor):
    """The sound of a file, in real time: `music.audio >> microphone.audio`.

    - `audio`: live frames of 20 ms, from any file that FFmpeg reads, at the wanted rate and
      channels. It ends with the file; with `loop` it starts over without a seam.

    Raises `NotAMediaFileError`, `FormatError`, `OSError` in `run`.

    Attributes:
        path: the file.
        sample_rate: Hz of what is played.
        channels: 1 or 2.
        loop: whether it starts over at the end.
    """

    path: str | os.PathLike[str]
    sample_rate: int = 16_000
    channels: int = 1
    loop: bool = attrs.field(default=False, kw_only=True)

    audio = Out[AudioFrame](kind=Kind.SPEECH, format=own_format)

    async def run(self, ctx: Context) -> None:
        """Play the file."""
        from media.files import AudioFile  # noqa: PLC0415  (PyAV loads on use)

        await play_file(
            ctx,
            lambda: AudioFile(self.path, self.sample_rate, self.channels, loop=self.loop),
            self.audio,
        )


def _film_format(source: VideoFileSource) -> VideoFormat | None:
    if source.width is None or source.height is None:
        return None  # the file's own size, which nobody has looked at yet
    return VideoFormat(source.width, source.height, source.color_format)


@attrs.frozen
class VideoFileSource(Actor):
    """The pictures of a file, in real time: `film.video >> camera.video`.

    - `video`: pictures of `width` x `height` (the file's own size unless given) in
      `color_format`, each when it is due; those that come too late are left out. A still image is
      one picture. It ends with the file; with `loop` it starts over.

    Raises `NotAMediaFileError`, `FormatError`, `OSError` in `run`.

    Attributes:
        path: the file.
        width, height: pixels; the file's own unless given.
        color_format: of the pictures.
        loop: whether it starts over at the end.
    """

    path: str | os.PathLike[str]
    width: int | None = None
    height: int | None = None
    color_format: ColorFormat = attrs.field(default="RGBA", kw_only=True)
    loop: bool = attrs.field(default=False, kw_only=True)

    video = Out[VideoFrame](kind=Kind.PICTURES, format=_film_format)

    async def run(self, ctx: Context) -> None:
        """Show the file."""
        from media.files import VideoFile  # noqa: PLC0415  (PyAV loads on use)

        await play_file(
            ctx,
            lambda: VideoFile(
                self.path, self.color_format, width=self.width, height=self.height, loop=self.loop
            ),
            self.video,
            skip=True,
        )


FRAME_SECONDS = 0.02

BARS = np.array(
    [
        (191, 191, 191),
        (191, 191, 0),
        (0, 191, 191),
        (0, 191, 0),
        (191, 0, 191),
        (191, 0, 0),
        (0, 0, 191),
    ],
    np.uint8,
)
"""The seven bars of SMPTE EG 1, 75 %: grey, yellow, cyan, green, magenta, red, blue."""

CROSSING_SECONDS = 4.0
"""What the white square needs from one side to the other."""


@attrs.frozen
class ToneSource(Actor):
    """A sine in real time: `ToneSource(440).audio >> microphone.audio`.

    - `audio`: live frames of 20 ms.

    Attributes:
        frequency: Hz of the sine.
        sample_rate: Hz of the audio.
        channels: 1 or 2, all alike.
        level: the sine's peak, in dB of full scale.
    """

    frequency: float = 440.0
    sample_rate: int = 16_000
    channels: int = 1
    level: float = attrs.field(default=-12.0, kw_only=True)

    audio = Out[AudioFrame](kind=Kind.SPEECH, format=own_format)

    async def run(self, ctx: Context) -> None:
        """Sound until cancelled."""
        size = round(FRAME_SECONDS * self.sample_rate)
        peak, pts = 32767 * 10 ** (self.level / 20), 0
        pacer = Pacer(FRAME_SECONDS)
        while True:
            times = np.arange(pts, pts + size) / self.sample_rate
            wave = np.rint(peak * np.sin(2 * math.pi * self.frequency * times)).astype(np.int16)
            samples = np.repeat(wave[:, None], self.channels, axis=1)
            await self.audio.send(AudioFrame(samples, self.sample_rate, pts))
            pts += size
            await pacer.wait()


def _bars_format(source: ColorBarsSource) -> VideoFormat:
    return VideoFormat(source.width, source.height, source.color_format)


@attrs.frozen
class ColorBarsSource(Actor):
    """Colour bars with a white square that crosses them: `ColorBarsSource().video >> camera.video`.

    - `video`: pictures of `width` x `height` in `color_format`, `frame_rate` a second.

    Attributes:
        width, height: pixels.
        color_format: of the pictures.
        frame_rate: pictures a second.
    """

    width: int = 640
    height: int = 480
    color_format: ColorFormat = attrs.field(default="RGBA", kw_only=True)
    frame_rate: float = attrs.field(default=15.0, kw_only=True)

    video = Out[VideoFrame](kind=Kind.PICTURES, format=_bars_format)

    async def run(self, ctx: Context) -> None:
        """Show the bars until cancelled."""
        bars = BARS[np.arange(self.width) * len(BARS) // self.width]
        picture = np.repeat(bars[None], self.height, axis=0)
        convert = Conversion(self.width, self.height, "RGB", self.color_format)
        pacer, began = Pacer(1 / self.frame_rate), ctx.now()
        while True:
            time = ctx.now() - began
            pixels = convert(self._with_square(picture, time))
            frame = VideoFrame(
                pixels,
                self.width,
                self.height,
                self.color_format,
                round(time * VIDEO_CLOCK_RATE),
            )
            await self.video.send(frame)
            await pacer.wait()

    def _with_square(
        self, bars: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], time: float
    ) -> Pixels:
        side = max(1, self.height // 6)
        place = round(time % CROSSING_SECONDS / CROSSING_SECONDS * max(0, self.width - side))
        picture = bars.copy()
        top = (self.height - side) // 2
        picture[top : top + side, place : place + side] = 255
        return picture.reshape(-1)
