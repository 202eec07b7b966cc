"""A picture of somebody else's camera or screen."""

from typing import TypeAlias

from media import VideoFrame
from media.video_frame import Pixels

VideoKind: TypeAlias = str
"""`camera`, `screen`, or a custom track's `video:NAME`."""

VIDEO_KINDS: tuple[VideoKind, ...] = ("camera", "screen")


class Picture(VideoFrame):
    """A `VideoFrame` (I420) that also says what it shows.

    `source` is the participant's id, `kind` says `camera` or `screen`, or `video:NAME` of a custom
    track. `pts` counts 1/90000 s of the call, as audio's `pts` counts samples.
    """

    __slots__ = ("kind",)

    def __init__(
        self,
        pixels: Pixels,
        width: int,
        height: int,
        pts: int = 0,
        *,
        source: str | None = None,
        kind: VideoKind = "camera",
    ) -> None:
        super().__init__(pixels, width, height, "I420", pts, source=source)
        self.kind: VideoKind = kind

    def of(self, participant: str, since: float) -> "Picture":
        """The same picture as this participant's, its time counted from `since` (seconds)."""
        pts = max(0, self.pts - round(90_000 * since))
        return Picture(
            self.pixels, self.width, self.height, pts, source=participant, kind=self.kind
        )
