"""Shows something by a camera: an animation, or an image or film by `--arg show=picture.png`."""

import attrs
import numpy as np

from callboard import (
    VIDEO_CLOCK_RATE,
    Actor,
    Call,
    Camera,
    Context,
    Graph,
    Out,
    Pacer,
    VideoFileSource,
    VideoFrame,
)

WIDTH, HEIGHT, RATE = 640, 360, 15


@attrs.frozen
class Rings(Actor):
    """Rings that grow out of the middle and change their colour, one round in four seconds."""

    video = Out[VideoFrame]()

    async def run(self, ctx: Context) -> None:
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        distance = np.hypot(x - WIDTH / 2, y - HEIGHT / 2) / 40
        picture = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
        pacer, began = Pacer(1 / RATE), ctx.now()
        while True:
            time = ctx.now() - began
            for channel, shift in enumerate((0.0, 2.1, 4.2)):
                wave = np.sin(distance - 2 * np.pi * time / 4 + shift)
                picture[:, :, channel] = 128 + 100 * wave
            pts = round(time * VIDEO_CLOCK_RATE)
            await self.video.send(VideoFrame(picture.ravel().copy(), WIDTH, HEIGHT, "RGBA", pts))
            await pacer.wait()


def agent(call: Call) -> Graph:
    shown = call.args.get("show")
    source = VideoFileSource(shown, WIDTH, HEIGHT, loop=True) if shown else Rings()
    camera = Camera("stage", WIDTH, HEIGHT, frame_rate=RATE)
    return Graph(source.video >> camera.video, camera.wire >> call.camera)
