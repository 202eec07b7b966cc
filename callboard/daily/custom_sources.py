"""Audio and pictures of a program's own, published as tracks beside microphone and camera."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.devices import MicrophoneDevice
from callboard.daily.checks import also_spelled, check_audio_format
from callboard.daily.context import process
from callboard.daily.shapes import final
from callboard.daily.virtual_devices import Showing, Sounding
from callboard.daily.writing import PcmWriter, PictureWriter

if TYPE_CHECKING:
    from typing_extensions import Buffer


@final
class CustomAudioSource(Sounding[PcmWriter]):
    """The sound of a custom audio track. It plays in real time, published or not.

    `auto_silence` is taken for the sake of scripts: silence always fills the time when nothing is
    written.
    """

    def __init__(self, sample_rate: int, channels: int, auto_silence: bool = True) -> None:
        rate, count = check_audio_format(sample_rate, channels)
        self._device = PcmWriter(process.current(), MicrophoneDevice("custom-audio", rate, count))
        self._device.close_with(self)

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
            return self._device.write(frames)
        self._device.write_soon(frames, completion)
        return 0


class SourceTrack:
    """A source's track, under an id of its own."""

    _id: str

    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        return self._id


@final
class CustomAudioTrack(SourceTrack):
    """A track of a source; one source may have several."""

    def __init__(self, audio_source: CustomAudioSource) -> None:
        if not isinstance(audio_source, CustomAudioSource):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"audio_source is a CustomAudioSource, not {type(audio_source).__name__}."
            )
        self._source, self._id = audio_source, str(uuid.uuid4())
        device = audio_source._device  # pyright: ignore[reportPrivateUsage]
        device.context.background.check()
        device.context.audio_tracks[self._id] = device


@final
class CustomVideoSource(Showing):
    """The pictures of a custom video track."""

    def __init__(self, width: int, height: int, color_format: str = "RGBA") -> None:
        context = process.current()
        self._device = PictureWriter(context, "custom-video", width, height, color_format)
        self._device.close_with(self)


@final
class CustomVideoTrack(SourceTrack):
    """A track of a source; one source may have several."""

    def __init__(self, video_source: CustomVideoSource) -> None:
        if not isinstance(video_source, CustomVideoSource):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"video_source is a CustomVideoSource, not {type(video_source).__name__}."
            )
        self._source, self._id = video_source, str(uuid.uuid4())
        device = video_source._device  # pyright: ignore[reportPrivateUsage]
        device.context.background.check()
        device.context.video_tracks[self._id] = device
