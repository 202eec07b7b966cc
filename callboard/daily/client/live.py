"""The call to an RTMP server: AAC, and H.264 where there are pictures, in FLV by PyAV."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from callboard.daily.client.film import FilmSettings, FilmWriter, Look
from callboard.daily.client.recording import SAMPLE_RATE, Writer
from callboard.daily.errors import NotSupportedError
from media import AudioFrame, Samples, VideoFrame
from media.pyav import audio_to_pyav, video_to_pyav

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

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


def rtmp_writer(
    url: str, audio_bitrate: int, film: FilmSettings | None, look: Look
) -> Callable[[], Writer]:
    """Opens a stream, in the thread that is to write."""
    if film is None:
        return lambda: RtmpWriter(url, audio_bitrate)
    return lambda: FilmWriter(RtmpWriter(url, audio_bitrate, film), film, look)


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
