"""The camera: as an actor of an agent, and as a device that is written to directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs
import trio

from actors.devices.device import VirtualDevice
from actors.devices.statistics import CameraStatistics
from actors.errors import DeviceFormatError, FrameSizeError
from media import (
    VIDEO_CLOCK_RATE,
    ColorFormat,
    FormatError,
    Pixels,
    VideoFormat,
    VideoFrame,
    picture_bytes,
)
from runtime import Actor, Context, In, InPort, Kind, Out, OutPort, Through

if TYPE_CHECKING:
    from typing_extensions import Buffer


PictureBytes: TypeAlias = "Buffer | Pixels"
"""The bytes of one picture, of any shape."""

LARGEST = 8192
"""Pixels of a side; more than any screen has, and enough for a mistake to show."""


class PictureFormat:
    """What pictures of one size and colour format look like.

    Raises `DeviceFormatError` for a size, colour format or rate that there is not.
    """

    def __init__(
        self, name: str, width: int, height: int, color_format: ColorFormat, frame_rate: float
    ) -> None:
        try:
            self._bytes = picture_bytes(width, height, color_format)
        except (FormatError, TypeError) as error:
            raise DeviceFormatError(f"The camera {name!r} cannot be made. {error}") from None
        if width > LARGEST or height > LARGEST:
            raise DeviceFormatError(
                f"The camera {name!r} cannot be made: {width}x{height} is larger than "
                f"{LARGEST}x{LARGEST}."
            )
        if not 0 < frame_rate <= 120:
            raise DeviceFormatError(
                f"The camera {name!r} cannot be made with {frame_rate!r} pictures a second: give "
                "more than 0, at most 120."
            )
        self._name = name
        self._width, self._height = width, height
        self._format: ColorFormat = color_format

    def frame(self, frame: PictureBytes, pts: int) -> VideoFrame:
        """Copy a picture's bytes; raise `FrameSizeError` unless there are as many."""
        try:
            view = memoryview(cast("Buffer", frame))  # NumPy says so only from Python 3.12 on
        except TypeError:
            raise DeviceFormatError(
                f"{self._name!r} was given {type(frame).__name__}: give bytes or a uint8 array."
            ) from None
        if view.nbytes != self._bytes or view.itemsize != 1:
            raise FrameSizeError(
                f"{self._name!r} was given {view.nbytes} bytes of {view.format!r}; a "
                f"{self._width}x{self._height} {self._format} picture is {self._bytes} bytes."
            )
        return VideoFrame.from_bytes(
            view.tobytes(), self._width, self._height, self._format, pts=pts
        )


def _format(camera: Camera) -> VideoFormat:
    return VideoFormat(camera.width, camera.height, camera.color_format)


def _known(camera: Camera, _: object, __: object) -> None:
    PictureFormat(
        camera.device, camera.width, camera.height, camera.color_format, camera.frame_rate
    )


@attrs.frozen
class Camera(Actor, Through[VideoFrame, VideoFrame]):
    """A virtual camera in a graph: `animation.video >> camera.video, camera.wire >> call.camera`.

    - `video`: pictures of `width` x `height` in `color_format`.
    - `wire`: at most `frame_rate` of them a second. Of those that come faster the newest wins; the
      link into `video` counts the others as dropped (`latest`).

    A picture keeps its turn, so an interrupted one is not shown any more. Raises
    `DeviceFormatError` for a size, format or rate that there is not, and `FrameSizeError` in
    `run` for a picture of another size or format.

    Attributes:
        device: the device's name, which the constructor takes as `name`.
        width, height: pixels.
        color_format: of what comes in.
        frame_rate: pictures a second, at most.
    """

    device: str = attrs.field(default="camera", alias="name")
    width: int = 640
    height: int = 480
    color_format: ColorFormat = "RGBA"
    frame_rate: float = attrs.field(default=15.0, validator=_known)

    video = In[VideoFrame](kind=Kind.PICTURES, format=_format)
    wire = Out[VideoFrame](kind=Kind.PICTURES)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

    def ends(self) -> tuple[InPort[VideoFrame], OutPort[VideoFrame]]:
        """Return `video` and `wire`, between which it stands in `a >> camera >> b`."""
        return self.video, self.wire

    async def run(self, ctx: Context) -> None:
        """Pass pictures on, no faster than they may come."""
        period, due = 1 / self.frame_rate, float("-inf")
        async for frame in self.video:
            self._check(frame)
            await self.wire.send(frame)
            # As in runtime.Pacer: the schedule moves only when it is a whole period late.
            due += period
            if ctx.now() - due > 0:
                due = ctx.now() + period
            await trio.sleep_until(due)

    def _check(self, frame: VideoFrame) -> None:
        given, taken = VideoFormat(frame.width, frame.height, frame.color_format), _format(self)
        if given != taken:
            raise FrameSizeError(f"The camera {self.device!r} was given {given}; it takes {taken}.")


EARLY = 0.25
"""The part of a period by which a picture may be early and still goes out at once."""


class CameraDevice(VirtualDevice):
    """A virtual camera: pictures of its own size and colour format.

    At most `frame_rate` a second go into the call, as they are: it converts them beside the
    network, and only while somebody looks. Of those that come faster the newest wins and the
    others are counted. The last picture stays until another one comes. All of it belongs to one
    Trio thread.

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
        super().__init__(name)
        self._picture = PictureFormat(name, width, height, color_format, frame_rate)
        self.width = width
        self.height = height
        self.color_format: ColorFormat = color_format
        self.frame_rate = frame_rate
        self._period = 1 / frame_rate
        self._began = trio.current_time()
        self._due = float("-inf")
        self._latest: VideoFrame | None = None  # waits for its time
        self._shown: VideoFrame | None = None
        self._send: Callable[[VideoFrame], None] | None = None
        self._seen = True  # whether anybody is in the call
        self._written = self._played = self._unsent = self._dropped = 0

    def write(self, frame: PictureBytes) -> None:
        """Show a picture: any contiguous bytes-like object or uint8 array of exactly its bytes.

        It is copied, and never waits. Raises `FrameSizeError` for another size,
        `DeviceClosedError`, and `CallEnded` when the call that it belongs to is over.
        """
        self._check()
        now = trio.current_time()
        picture = self._picture.frame(frame, round((now - self._began) * VIDEO_CLOCK_RATE))
        self._written += 1
        if self._send is None:
            self._unsent += 1
            self._shown = picture
            return
        self._dropped += self._latest is not None
        self._latest = picture
        self._show()

    @property
    def shown(self) -> VideoFrame | None:
        """The picture that is shown now; None before the first."""
        return self._shown

    def statistics(self) -> CameraStatistics:
        """Return an immutable picture of this moment."""
        return CameraStatistics(
            written=self._written,
            played=self._played,
            unsent=self._unsent,
            dropped=self._dropped,
            depth=int(self._latest is not None),
        )

    # The call that it is attached to

    def attach(self, send: Callable[[VideoFrame], None]) -> None:
        """Send pictures by `send` from now on, the last one at once; it must not wait."""
        self._attached = True
        self._send = send
        self._due = float("-inf")
        if self._shown is not None:
            send(self._shown)

    def detach(self) -> None:
        """Send nothing any more."""
        super().detach()
        self._send = None

    def tick(self, *, seen: bool = True) -> None:
        """Send what waits, once its time has come; called every 20 ms.

        `seen` says whether anybody is there.
        """
        self._seen = seen
        self._show()

    def _drop_all(self) -> None:
        self._latest = self._shown = None

    def _show(self) -> None:
        now = trio.current_time()
        if self._latest is None or self._send is None or now < self._due - EARLY * self._period:
            return
        # As in runtime.Pacer: the schedule moves only when it is a whole period late.
        self._due += self._period
        if self._due < now:
            self._due = now + self._period
        self._shown, self._latest = self._latest, None
        self._played += 1
        self._unsent += not self._seen
        self._send(self._shown)
