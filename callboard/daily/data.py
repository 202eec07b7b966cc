"""What renderers give to a callback: audio and pictures of one participant."""

from __future__ import annotations

from callboard.daily.made import made_by


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
    """Make one."""
    made = object.__new__(AudioData)
    made._frames, made._rate, made._channels = frames, sample_rate, channels  # pyright: ignore[reportPrivateUsage]
    return made


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
    """Make one."""
    made = object.__new__(VideoFrame)
    made._buffer, made._width, made._height = buffer, width, height  # pyright: ignore[reportPrivateUsage]
    made._color_format, made._timestamp = color_format, timestamp_us  # pyright: ignore[reportPrivateUsage]
    return made
