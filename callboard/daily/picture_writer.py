"""Showing pictures from any thread: by a virtual camera or a source of a custom track."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.devices import CameraDevice
from actors.errors import CallError
from callboard.daily.checks import DailyColor, check_picture, picture_of
from callboard.daily.context import Context

if TYPE_CHECKING:
    from typing_extensions import Buffer


class PictureWriter:
    """One device's pictures. Raises `DeinitializedError` after `Daily.deinit()`."""

    def __init__(
        self, context: Context, name: str, width: int, height: int, color_format: str
    ) -> None:
        self.context = context
        self.width, self.height, color = check_picture(width, height, color_format)
        self.color: DailyColor = color
        self.device = context.background.call(
            lambda: CameraDevice(name, self.width, self.height, color_format=color)
        )

    @property
    def name(self) -> str:
        """The device's name."""
        return self.device.name

    def close_with(self, owner: object, also: Callable[[], object]) -> None:
        """Close the device when `owner` has been deleted."""
        device = self.device

        def close() -> None:
            also()
            device.close()

        weakref.finalize(owner, self.context.forget, close).atexit = False

    def write(self, frame: Buffer) -> None:
        """Show a picture and return at once. Raises `ValueError` for another size."""
        self.context.check()
        data = picture_of(frame, self.width, self.height, self.color)
        device = self.device

        def show() -> None:
            with contextlib.suppress(CallError):  # it was closed a moment ago
                device.write(data)

        self.context.background.post(show)
