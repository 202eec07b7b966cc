"""The camera of an agent: what it shows, on its way to the call."""

import attrs
import trio

from actors.devices.picture import Picture
from actors.errors import FrameSizeError
from media import ColorFormat, VideoFrame
from runtime import Actor, Context, In, Kind, Out


def _known(camera: "Camera", _: object, __: object) -> None:
    Picture(camera.device, camera.width, camera.height, camera.color_format, camera.frame_rate)


@attrs.frozen
class Camera(Actor):
    """A virtual camera in a graph: `animation.video >> camera.video, camera.wire >> call.camera`.

    - `video`: pictures of `width` x `height` in `color_format`.
    - `wire`: at most `frame_rate` of them a second. Of those that come faster the newest wins; the
      link into `video` counts the others as dropped (`latest`).

    A picture keeps its turn, so an interrupted one is not shown any more. Raises
    `DeviceFormatError` for a size, format or rate that there is not, and `FrameSizeError` in
    `run` for a picture of another size or format.
    """

    device: str = attrs.field(default="camera", alias="name")
    width: int = 640
    height: int = 480
    color_format: ColorFormat = "RGBA"
    frame_rate: float = attrs.field(default=15.0, validator=_known)

    video = In[VideoFrame](kind=Kind.PICTURES)
    wire = Out[VideoFrame](kind=Kind.PICTURES)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

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
        if (frame.width, frame.height, frame.color_format) != (
            self.width,
            self.height,
            self.color_format,
        ):
            raise FrameSizeError(
                f"The camera {self.device!r} was given {frame.width}x{frame.height} "
                f"{frame.color_format}; it takes {self.width}x{self.height} {self.color_format}."
            )
