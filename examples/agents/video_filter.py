"""Takes a person's camera, draws its edges with numpy, and shows that as its own camera."""

import attrs
import numpy as np

from callboard import VIDEO_CLOCK_RATE, Actor, Call, Context, Graph, In, Out, SpeechRole, VideoFrame

PATIENCE = 1.0
"""Seconds without a picture after which somebody else's camera is taken."""


@attrs.frozen
class Edges(Actor):
    """White lines on black where the brightness changes; of one camera, while it goes on."""

    video = In[VideoFrame]()
    drawn = Out[VideoFrame](speech=SpeechRole.ENDS)

    async def run(self, ctx: Context) -> None:
        source, seen = None, ctx.now()
        async for frame in self.video:
            if source is None or ctx.now() - seen > PATIENCE:
                source = frame.source
            if frame.source == source:
                seen = ctx.now()
                await self.drawn.send(edges(frame, round(seen * VIDEO_CLOCK_RATE)))


def edges(frame: VideoFrame, pts: int) -> VideoFrame:
    """An I420 picture's edges: the size of the brightness's slope, four times as bright."""
    size = frame.width * frame.height
    y = frame.pixels[:size].reshape(frame.height, frame.width).astype(np.int16)
    down = np.abs(np.diff(y, axis=0, append=y[-1:]))
    across = np.abs(np.diff(y, axis=1, append=y[:, -1:]))
    drawn = np.empty_like(frame.pixels)
    drawn[:size] = np.clip(4 * (down + across) + 16, 16, 235).ravel()
    drawn[size:] = 128  # no colour
    return VideoFrame(drawn, frame.width, frame.height, "I420", pts)


def agent(call: Call) -> Graph:
    filtering = Edges()
    return Graph(call.video >> filtering.video, filtering.drawn >> call.camera)
