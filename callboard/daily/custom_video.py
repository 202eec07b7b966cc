"""Pictures of a program's own, published as a track beside the camera."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from callboard.daily.made import final
from callboard.daily.picture_writer import PictureWriter
from callboard.daily.process import process

if TYPE_CHECKING:
    from typing_extensions import Buffer


@final
class CustomVideoSource:
    """What a custom video track shows."""

    def __init__(self, width: int, height: int, color_format: str = "RGBA") -> None:
        context = process.current()
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
        writer.context.check()
        writer.context.video_tracks[self._id] = writer

    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        return self._id
