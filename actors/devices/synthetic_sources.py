"""Sources that need no file: a tone, and colour bars."""

import math

import attrs
import numpy as np

from media import VIDEO_CLOCK_RATE, AudioFormat, AudioFrame, ColorFormat, Pixels, VideoFrame
from media.color import Conversion
from runtime import Actor, Context, Kind, Out, Pacer

FRAME_SECONDS = 0.02

BARS = np.array(
    [
        (191, 191, 191),
        (191, 191, 0),
        (0, 191, 191),
        (0, 191, 0),
        (191, 0, 191),
        (191, 0, 0),
        (0, 0, 191),
    ],
    np.uint8,
)
"""The seven bars of SMPTE EG 1, 75 %: grey, yellow, cyan, green, magenta, red, blue."""

CROSSING_SECONDS = 4.0
"""What the white square needs from one side to the other."""


def _format(source: "ToneSource") -> AudioFormat:
    return AudioFormat(source.sample_rate, source.channels)


@attrs.frozen
class ToneSource(Actor):
    """A sine in real time: `ToneSource(440).audio >> microphone.audio`.

    - `audio`: live frames of 20 ms; `level` is the sine's peak in dB of full scale.
    """

    frequency: float = 440.0
    sample_rate: int = 16_000
    channels: int = 1
    level: float = attrs.field(default=-12.0, kw_only=True)

    audio = Out[AudioFrame](kind=Kind.SPEECH, format=_format)

    async def run(self, ctx: Context) -> None:
        """Sound until cancelled."""
        size = round(FRAME_SECONDS * self.sample_rate)
        peak, pts = 32767 * 10 ** (self.level / 20), 0
        pacer = Pacer(FRAME_SECONDS)
        while True:
            times = np.arange(pts, pts + size) / self.sample_rate
            wave = np.rint(peak * np.sin(2 * math.pi * self.frequency * times)).astype(np.int16)
            samples = np.repeat(wave[:, None], self.channels, axis=1)
            await self.audio.send(AudioFrame(samples, self.sample_rate, pts))
            pts += size
            await pacer.wait()


@attrs.frozen
class ColorBarsSource(Actor):
    """Colour bars with a white square that crosses them: `ColorBarsSource().video >> camera.video`.

    - `video`: pictures of `width` x `height` in `color_format`, `frame_rate` a second.
    """

    width: int = 640
    height: int = 480
    color_format: ColorFormat = attrs.field(default="RGBA", kw_only=True)
    frame_rate: float = attrs.field(default=15.0, kw_only=True)

    video = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        """Show the bars until cancelled."""
        bars = BARS[np.arange(self.width) * len(BARS) // self.width]
        picture = np.repeat(bars[None], self.height, axis=0)
        convert = Conversion(self.width, self.height, "RGB", self.color_format)
        pacer, began = Pacer(1 / self.frame_rate), ctx.now()
        while True:
            time = ctx.now() - began
            pixels = convert(self._with_square(picture, time))
            frame = VideoFrame(
                pixels,
                self.width,
                self.height,
                self.color_format,
                round(time * VIDEO_CLOCK_RATE),
            )
            await self.video.send(frame)
            await pacer.wait()

    def _with_square(
        self, bars: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], time: float
    ) -> Pixels:
        side = max(1, self.height // 6)
        place = round(time % CROSSING_SECONDS / CROSSING_SECONDS * max(0, self.width - side))
        picture = bars.copy()
        top = (self.height - side) // 2
        picture[top : top + side, place : place + side] = 255
        return picture.reshape(-1)
