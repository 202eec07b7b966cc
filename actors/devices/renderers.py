"""Renderers of an agent: one participant's audio or video, by itself."""

from collections.abc import Callable

import attrs

from actors.devices.patchbay import Shown
from actors.devices.pcm import own_format
from actors.devices.rendering import AudioRendering, VideoRendering
from media import AudioFrame, ColorFormat, VideoFrame
from runtime import Actor, Context, In, Kind, Out, SpeechRole


def _ignore(frame: object) -> None:
    pass


@attrs.frozen
class AudioRenderer(Actor):
    """One participant's audio in a graph: `call.voices >> AudioRenderer(id).voices`.

    - `voices`: everybody's audio, a frame for each speaker and tick.
    - `audio`: frames of `interval` seconds at `sample_rate` and `channels`, as they come. While
      the participant is not there, nothing comes.

    What `callback` raises crashes this renderer, and it starts again. Raises `DeviceFormatError`
    in `run` for a rate, channels or interval that there is not.

    Attributes:
        participant: the id of the participant.
        callback: called with each frame; it must return at once.
        sample_rate: Hz.
        channels: 1 or 2.
        interval: seconds of each frame.
    """

    participant: str
    callback: Callable[[AudioFrame], None] = _ignore
    sample_rate: int = attrs.field(default=16_000, kw_only=True)
    channels: int = attrs.field(default=1, kw_only=True)
    interval: float = attrs.field(default=0.02, kw_only=True)

    voices = In[AudioFrame](kind=Kind.LIVE, capacity=25)
    audio = Out[AudioFrame](kind=Kind.LIVE, format=own_format, speech=SpeechRole.ENDS)

    async def run(self, ctx: Context) -> None:
        """Render until the voices end."""
        made: list[AudioFrame] = []
        rendering = AudioRendering(
            self.participant,
            made.append,
            sample_rate=self.sample_rate,
            channels=self.channels,
            interval=self.interval,
        )
        async for frame in self.voices:
            rendering.hear((frame,))
            for each in made:
                self.callback(each)
                await self.audio.send(each)
            made.clear()


@attrs.frozen
class VideoRenderer(Actor):
    """One participant's pictures in a graph: `call.video >> VideoRenderer(id).pictures`.

    - `pictures`: everybody's pictures.
    - `video`: pictures in `color_format`, of their own size, as they come.

    What `callback` raises crashes this renderer, and it starts again. Raises `DeviceFormatError`
    in `run` for a colour format that there is not.

    Attributes:
        participant: the id of the participant.
        shown: which of their pictures: `camera` or `screen`.
        callback: called with each picture; it must return at once.
        color_format: of what is given.
    """

    participant: str
    callback: Callable[[VideoFrame], None] = _ignore
    color_format: ColorFormat = attrs.field(default="RGBA", kw_only=True)
    shown: Shown = attrs.field(default="camera", kw_only=True)

    pictures = In[VideoFrame]()
    video = Out[VideoFrame](kind=Kind.PICTURES, speech=SpeechRole.ENDS)

    async def run(self, ctx: Context) -> None:
        """Render until the pictures end."""
        made: list[VideoFrame] = []
        rendering = VideoRendering(
            self.participant, made.append, color_format=self.color_format, kind=self.shown
        )
        async for frame in self.pictures:
            rendering.see(frame)
            for each in made:
                self.callback(each)
                await self.video.send(each)
            made.clear()
