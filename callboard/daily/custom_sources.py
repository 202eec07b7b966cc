"""Audio and pictures of a program's own, published as tracks beside microphone and camera."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.devices import MicrophoneDevice
from callboard.daily.checks import also_spelled, check_audio_format
from callboard.daily.context import process
from callboard.daily.shapes import final
from callboard.daily.writing import PcmWriter, PictureWriter

if TYPE_CHECKING:
    from typing_extensions import Buffer


@final
class CustomAudioSource:
    """What a custom audio track plays. It plays in real time, published or not.

    `auto_silence` is taken for the sake of scripts: silence always fills the time when nothing is
    written.
    """

    def __init__(self, sample_rate: int, channels: int, auto_silence: bool = True) -> None:
        rate, count = check_audio_format(sample_rate, channels)
        self._context = context = process.current()
        self._writer = PcmWriter(context, MicrophoneDevice("custom-audio", rate, count))
        self._auto_silence = bool(auto_silence)
        self._writer.close_with(self, lambda: None)

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._writer.device.channels

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._writer.device.sample_rate

    @also_spelled(frame="frames")
    def write_frames(
        self, frames: Buffer, completion: Callable[[int], object] | None = None
    ) -> int:
        """Play 16-bit PCM of any length.

        Without `completion` it waits until that was played, and returns how many frames that were.
        With it, it returns 0 at once, and `completion` is called once, on another thread, with how
        many frames were played. Raises `ValueError` for an odd number of bytes.
        """
        if completion is None:
            return self._writer.write(frames)
        self._writer.write_soon(frames, completion)
        return 0


@final
class CustomAudioTrack:
    """A track of a source; one source may have several."""

    def __init__(self, audio_source: CustomAudioSource) -> None:
        if not isinstance(audio_source, CustomAudioSource):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"audio_source is a CustomAudioSource, not {type(audio_source).__name__}."
            )
        self._source = audio_source
        self._id = str(uuid.uuid4())
        writer = audio_source._writer  # pyright: ignore[reportPrivateUsage]
        context = audio_source._context  # pyright: ignore[reportPrivateUsage]
        context.check()
        context.audio_tracks[self._id] = writer

    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        return self._id


@final
class CustomVideoSource:
    """What a custom video track shows."""

    def __init__(self, width: int, height: int, color_format: str = "RGBA") -> None:
        self._context = context = process.current()
        self._writer = PictureWriter(context, "custom-video", width, height, color_format)
        self._writer.close_with(self, lambda: None)

    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        return self._writer.color

    @property
    def height(self) -> int:
        """Pixels."""
        return self._writer.height

    @property
    def width(self) -> int:
        """Pixels."""
        return self._writer.width

    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one. Raises `ValueError` for another size."""
        self._writer.write(frame)


@final
class CustomVideoTrack:
    """A track of a source; one source may have several."""

    def __init__(self, video_source: CustomVideoSource) -> None:
        if not isinstance(video_source, CustomVideoSource):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"video_source is a CustomVideoSource, not {type(video_source).__name__}."
            )
        self._source = video_source
        self._id = str(uuid.uuid4())
        writer = video_source._writer  # pyright: ignore[reportPrivateUsage]
        context = video_source._context  # pyright: ignore[reportPrivateUsage]
        context.check()
        context.video_tracks[self._id] = writer

    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        return self._id
