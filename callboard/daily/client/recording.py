"""One recording or live stream: the sound of everybody, mixed, and a grid of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, Protocol

import attrs
import numpy as np
import trio

from actors.devices import SpeakerDevice
from callboard.daily.client.taps import Tap
from callboard.daily.errors import BadValueError, NotSupportedError
from callboard.daily.shapes import Object, number, object_in
from media import VIDEO_CLOCK_RATE, AudioFrame, Samples, VideoFrame
from media.files import WebmWriter
from media.mix import mix
from media.pyav import audio_to_pyav, video_from_pyav, video_to_pyav
from media.video_frame import Pixels

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream


SAMPLE_RATE: Final = 48_000
PATIENCE_SECONDS: Final = 5.0
PART: Final = 4_800
"""Samples a part: a tenth of a second."""


class StreamWriter(Protocol):
    """A file or a server that takes sound; it blocks, so it is used in a thread."""

    def write(self, samples: Samples, /) -> None:
        """Append int16 `[n, 1]`."""

    def close(self) -> None:
        """Write what is left, and end."""


class CallRecording:
    """Mixes what the call gives and what we say, and writes it until it is stopped.

    Args:
        heard: a device of 48 kHz mono that is attached to the call.
        own: what we say, in the same format.
        part: samples that are written at once.
        before: called before each part is written, in Trio.
    """

    def __init__(
        self,
        identifier: str,
        open_writer: Callable[[], StreamWriter],
        heard: SpeakerDevice,
        own: Tap,
        *,
        part: int,
        before: Callable[[], None],
    ) -> None:
        self.identifier = identifier
        self._open_writer = open_writer
        self._heard = heard
        self._own = own
        self._part = part
        self._before = before
        self.begun = False
        """Whether the writer could be opened."""
        self.failure: str | None = None
        """Why it broke off, a sentence."""
        self._written = False
        self._stop = trio.CancelScope()
        self._ended = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Write until stopped or cancelled; what was written is complete either way.

        Raises what the writer raises.
        """
        writer = await trio.to_thread.run_sync(self._open_writer)
        try:
            self.begun = True
            task_status.started()
            with self._stop:
                while True:
                    await self._write_part(writer)
        finally:
            rest = self._rest()
            await _finish(lambda: _complete(writer, rest))
            self._ended.set()

    async def stop(self) -> None:
        self._stop.cancel()
        await self._ended.wait()

    def _rest(self) -> Samples | None:
        """Return the sound since the last part; a file without any could not be read."""
        pcm = b"" if self._heard.state == "closed" else self._heard.read_nowait(self._part)
        if pcm:
            return self._mixed(pcm)
        return None if self._written else np.zeros((self._part, 1), np.int16)

    async def _write_part(self, writer: StreamWriter) -> None:
        samples = self._mixed(await self._heard.read(self._part))
        self._written = True
        self._before()
        await _finish(lambda: writer.write(samples))

    def _mixed(self, pcm: bytes) -> Samples:
        heard = AudioFrame.from_bytes(pcm, SAMPLE_RATE).samples
        return mix([heard, self._own.take(len(heard))])


def _complete(writer: StreamWriter, rest: Samples | None) -> None:
    try:
        if rest is not None:
            writer.write(rest)
    finally:
        writer.close()


async def _finish(work: Callable[[], object]) -> None:
    """Do in a thread what must not be left half done, unless it hangs: a server may."""
    with trio.move_on_after(PATIENCE_SECONDS, shield=True) as patience:
        await trio.to_thread.run_sync(work, abandon_on_cancel=True)
    if patience.cancelled_caught:
        raise TimeoutError(f"nothing could be written for {PATIENCE_SECONDS:g} s")


AUDIO_ONLY: Final = "audio-only"

BLACK: Final = (16, 128)
"""Y, and U and V (BT.601, limited range)."""

MOST_PIXELS: Final = 1920 * 1080


@attrs.frozen
class FilmSettings:
    """Size in pixels, pictures a second, bit/s."""

    width: int = 1280
    height: int = 720
    frame_rate: int = 15
    bitrate: int = 1_000_000

    @classmethod
    def read(cls, settings: Object) -> FilmSettings:
        """From `video` of streaming settings; what is left out is as above. `BadValueError`."""
        video, default = object_in(dict(settings), "video"), cls()

        def whole(name: str, least: int, default: int) -> int:
            given = video.get(name)
            return default if given is None else int(number(given, f"video.{name}", least))

        made = cls(
            whole("width", 16, default.width) & ~1,
            whole("height", 16, default.height) & ~1,
            min(30, whole("fps", 1, default.frame_rate)),
            whole("bitrate", 1, default.bitrate // 1000) * 1000,
        )
        if made.width * made.height > MOST_PIXELS:
            raise BadValueError(
                f"video is {made.width}x{made.height}; it has {MOST_PIXELS} pixels at most."
            )
        return made

    @property
    def part(self) -> int:
        """Samples of sound from one picture to the next."""
        return round(SAMPLE_RATE / self.frame_rate)


class FilmWriter:
    """Writes with each part of the sound the pictures of that moment.

    So sound and picture cannot drift apart. It blocks.

    Args:
        sink: takes both; it is closed with this.
        look: gives the pictures that there are, in the thread that writes.
    """

    def __init__(
        self,
        sink: WebmWriter | RtmpWriter,
        settings: FilmSettings,
        look: Callable[[], Sequence[VideoFrame]],
    ) -> None:
        self._sink = sink
        self._settings = settings
        self._look = look
        self._written = 0

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, 1]` at 48 kHz, and a picture."""
        pts = self._written * VIDEO_CLOCK_RATE // SAMPLE_RATE
        size = self._settings.width, self._settings.height
        self._sink.write_picture(grid(self._look(), *size, pts))
        self._sink.write(samples)
        self._written += len(samples)

    def close(self) -> None:
        self._sink.close()


def grid(pictures: Sequence[VideoFrame], width: int, height: int, pts: int) -> VideoFrame:
    """The pictures side by side, row by row, on one of this size (even numbers), I420.

    Each is as large as its cell allows, in its own proportions, in the middle.
    """
    luma = np.full((height, width), BLACK[0], np.uint8)
    chroma = np.full((2, height // 2, width // 2), BLACK[1], np.uint8)
    columns = math.ceil(math.sqrt(len(pictures))) or 1
    rows = math.ceil(len(pictures) / columns) or 1
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        _put(
            picture,
            (luma, chroma),
            (column * width // columns, row * height // rows),
            (width // columns, height // rows),
        )
    pixels = np.concatenate([luma.reshape(-1), chroma.reshape(-1)])
    return VideoFrame(pixels, width, height, "I420", pts)


def _put(
    picture: VideoFrame,
    planes: tuple[Pixels, Pixels],
    corner: tuple[int, int],
    cell: tuple[int, int],
) -> None:
    scale = min(cell[0] / picture.width, cell[1] / picture.height)
    width, height = (max(2, round(side * scale) & ~1) for side in (picture.width, picture.height))
    left, top = (
        (start + (room - side) // 2) & ~1
        for start, room, side in zip(corner, cell, (width, height), strict=True)
    )
    small = video_from_pyav(
        video_to_pyav(picture).reformat(width=width, height=height, format="yuv420p")
    ).pixels
    luma, chroma = planes
    luma[top : top + height, left : left + width] = small[: width * height].reshape(height, width)
    halves = small[width * height :].reshape(2, height // 2, width // 2)
    x, y = left // 2, top // 2
    chroma[:, y : y + height // 2, x : x + width // 2] = halves


# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false


Encoder = Literal["libx264", "libopenh264"]

H264_ENCODERS: Final[Sequence[Encoder]] = ("libx264", "libopenh264")
"""FFmpeg may be built with either; the first that is there counts."""

NO_H264: Final = (
    "the stream has sound only: this build of PyAV has no H.264 encoder; install its wheel from "
    "PyPI."
)

LIVE: Final = {"preset": "veryfast", "tune": "zerolatency"}
"""Of x264: no picture is held back, else the sound of its moment would wait for it."""

KEY_SECONDS: Final = 2
"""From one key picture to the next, as streaming services ask: viewers can begin at one only."""

BT601, LIMITED_RANGE = 6, 1
"""The grid's colours (ITU-T H.273, and FFmpeg's number of the range); where nothing is said,
players take large pictures for BT.709."""

MILLISECOND: Final = Fraction(1, 1000)
"""The clock of FLV. One of 1/fps would have two pictures at one time, as a picture stands where
its part of the sound begins, and not every rate divides 48 kHz."""


class RtmpWriter:
    """An open stream to a server, with pictures where there are settings for them. It blocks."""

    def __init__(self, url: str, audio_bitrate: int, film: FilmSettings | None = None) -> None:
        import av  # noqa: PLC0415  (PyAV loads on use)
        from av.error import ProtocolNotFoundError  # noqa: PLC0415

        try:
            self._container = av.open(url, "w", format="flv")
        except ProtocolNotFoundError:
            raise NotSupportedError(
                "this build of PyAV has no RTMP: install its wheel from PyPI."
            ) from None
        try:
            self._pictures = None if film is None else _pictures(self._container, film)
            self._sound = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
            self._sound.codec_context.bit_rate = audio_bitrate
            self._container.start_encoding()
        except BaseException:
            self._container.close()
            raise
        self._written = 0

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, 1]` at 48 kHz."""
        frame = audio_to_pyav(AudioFrame(samples, SAMPLE_RATE, self._written))
        self._written += len(samples)
        self._container.mux(self._sound.encode(frame))

    def write_picture(self, frame: VideoFrame) -> None:
        """Send a picture of the settings' size at the time of its `pts`."""
        if self._pictures is None:
            raise NotSupportedError("this stream has no pictures: open it with film settings.")
        self._container.mux(self._pictures.encode(video_to_pyav(frame)))

    def close(self) -> None:
        """Send what the encoders hold, and hang up."""
        try:
            if self._pictures is not None:
                self._container.mux(self._pictures.encode(None))
            self._container.mux(self._sound.encode(None))
        finally:
            self._container.close()


def unavailable() -> str | None:
    """Why there can be no live stream with this build of PyAV, or None."""
    import av  # noqa: PLC0415

    if "flv" in av.formats_available and "aac" in av.codecs_available:
        return None
    return "this build of PyAV cannot write FLV with AAC: install its wheel from PyPI."


def h264_encoder() -> Encoder | None:
    """The encoder for the pictures of a live stream, or None where this build has none."""
    from av.codec import Codec  # noqa: PLC0415
    from av.codec.codec import UnknownCodecError  # noqa: PLC0415

    for name in H264_ENCODERS:
        try:
            Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    return None


def _pictures(container: OutputContainer, film: FilmSettings) -> VideoStream:
    encoder = h264_encoder()
    if encoder is None:
        raise NotSupportedError(NO_H264)
    # A second's worth at most stands between the encoder's rate and the line's.
    options = {"maxrate": str(film.bitrate), "bufsize": str(film.bitrate)}
    if encoder == "libx264":
        options |= LIVE
    stream = container.add_stream(encoder, rate=film.frame_rate, options=options)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = film.width, film.height, "yuv420p"
    context.time_base = MILLISECOND
    context.bit_rate = film.bitrate
    context.gop_size = KEY_SECONDS * film.frame_rate
    context.max_b_frames = 0
    context.colorspace, context.color_range = BT601, LIMITED_RANGE
    return stream
