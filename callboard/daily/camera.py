"""The virtual camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.daily.checks import check_name
from callboard.daily.context import Context
from callboard.daily.made import made_by
from callboard.daily.picture_writer import PictureWriter

if TYPE_CHECKING:
    from typing_extensions import Buffer


@made_by("Daily.create_camera_device")
class VirtualCameraDevice:
    """A camera that shows what a program draws."""

    _writer: PictureWriter

    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        return self._writer.color

    @property
    def height(self) -> int:
        """Pixels."""
        return self._writer.height

    @property
    def name(self) -> str:
        """As given at creation; `deviceId` in a client's inputs."""
        return self._writer.device.name

    @property
    def width(self) -> int:
        """Pixels."""
        return self._writer.width

    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one; in a call at most 30 a second go out.

        `frame` holds exactly the bytes of a picture in `color_format`; otherwise `ValueError`.
        """
        self._writer.write(frame)


def camera_device(
    context: Context, device_name: str, width: int, height: int, color_format: str
) -> VirtualCameraDevice:
    """Make one. Raises `ValueError` for a size or colours that cannot be."""
    writer = PictureWriter(context, check_name(device_name), width, height, color_format)
    made = object.__new__(VirtualCameraDevice)
    made._writer = writer  # pyright: ignore[reportPrivateUsage]
    table = context.resources.devices

    def add() -> None:
        table.cameras.add(writer)
        table.notify()

    context.background.call(add)
    writer.close_with(made, lambda: table.cameras.remove(writer))
    return made
