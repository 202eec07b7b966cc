"""A camera that is written to directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import trio

from actors.devices.picture import Picture, PictureBytes
from actors.devices.statistics import CameraStatistics, DeviceState
from actors.errors import CallError, DeviceClosedError
from media import VIDEO_CLOCK_RATE, ColorFormat, VideoFrame

REPEAT_SECONDS = 1.0
"""A picture that stands still is sent again so often, for whoever has just come."""

EARLY = 0.25
"""The part of a period by which a picture may be early and still goes out at once."""


class CameraDevice:
    """A virtual camera: pictures of its own size and colour format.

    At most `frame_rate` a second go into the call; of those that come faster the newest wins and
    the others are counted. The last picture stays until another one comes. All of it belongs to
    one Trio thread.

    Attributes:
        name: the device's name.
        width, height: pixels.
        color_format: of what is written.
        frame_rate: pictures a second, at most.
    """

    def __init__(
        self,
        name: str,
        width: int,
        height: int,
        *,
        color_format: ColorFormat = "RGBA",
        frame_rate: float = 30.0,
    ) -> None:
        self._picture = Picture(name, width, height, color_format, frame_rate)
        self.name = name
        self.width = width
        self.height = height
        self.color_format: ColorFormat = color_format
        self.frame_rate = frame_rate
        self._period = 1 / frame_rate
        self._began = trio.current_time()
        self._due = self._sent_at = float("-inf")
        self._latest: bytes | None = None  # waits for its time
        self._shown: VideoFrame | None = None
        self._send: Callable[[VideoFrame], None] | None = None
        self._end: CallError | None = None
        self._written = self._played = self._unsent = self._dropped = self._repeated = 0

    def write(self, frame: PictureBytes) -> None:
        """Show a picture: any contiguous bytes-like object or uint8 array of exactly its bytes.

        It is copied, and never waits. Raises `FrameSizeError` for another size,
        `DeviceClosedError`, and `CallEnded` when the call that it belongs to is over.
        """
        self._check()
        data = self._picture.data(frame)
        self._written += 1
        if self._latest is not None:
            self._dropped += 1
        self._latest = data
        if self._send is None:
            return
        if trio.current_time() >= self._due - EARLY * self._period:
            self._show()

    @property
    def state(self) -> DeviceState:
        """`unattached`, `running` (attached to a call) or `closed`."""
        if self._end is not None:
            return "closed"
        return "unattached" if self._send is None else "running"

    def statistics(self) -> CameraStatistics:
        """Return an immutable picture of this moment."""
        return CameraStatistics(
            written=self._written,
            played=self._played,
            unsent=self._unsent,
            dropped=self._dropped,
            repeated=self._repeated,
            depth=int(self._latest is not None),
        )

    def close(self) -> None:
        """Every later use raises `DeviceClosedError`. Idempotent."""
        self.end(DeviceClosedError(f"The camera {self.name!r} is closed."))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The call that it is attached to

    def attach(self, send: Callable[[VideoFrame], None]) -> None:
        """Send pictures (I420) by `send` from now on; it must not wait."""
        self._send = send
        self._due = float("-inf")

    def detach(self) -> None:
        """Send nothing any more."""
        self._send = None

    def end(self, error: CallError) -> None:
        """Close, and let every later use raise `error`."""
        if self._end is None:
            self._send = self._latest = self._shown = None
            self._end = error

    def tick(self) -> None:
        """Send what waited for its time, or the last picture again; called every 20 ms."""
        now = trio.current_time()
        if self._latest is not None:
            if now >= self._due - EARLY * self._period:
                self._show()
        elif self._shown is not None and now - self._sent_at >= REPEAT_SECONDS and self._send:
            self._repeated += 1
            self._sent_at = now
            self._send(self._shown.evolve(pts=self._pts(now)))

    def _check(self) -> None:
        if self._end is not None:
            raise type(self._end)(*self._end.args)

    def _pts(self, now: float) -> int:
        return round((now - self._began) * VIDEO_CLOCK_RATE)

    def _show(self) -> None:
        assert self._latest is not None
        if self._send is None:
            return
        now = trio.current_time()
        pixels = np.frombuffer(self._latest, np.uint8)
        self._latest = None
        self._shown = self._picture.i420(pixels, self._pts(now))
        # As in runtime.Pacer: the schedule moves only when it is a whole period late.
        self._due += self._period
        if now - self._due > self._period or self._due == float("-inf"):
            self._due = now + self._period
        self._sent_at = now
        self._played += 1
        self._send(self._shown)
