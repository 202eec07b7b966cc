"""Converts audio and pictures where the formats that two ports declare do not meet.

A graph puts these actors between such ports by itself: `speaker.audio >> microphone.audio`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import attrs

from media import AudioFormat, AudioFrame, VideoFormat, VideoFrame
from media.color import convert
from media.framing import Framing
from runtime import (
    Actor,
    Context,
    In,
    InPort,
    Kind,
    Out,
    OutPort,
    TurnEnded,
    register_converter,
)


async def reframe(
    ctx: Context, inlet: InPort[AudioFrame], outlet: OutPort[AudioFrame], target: AudioFormat
) -> None:
    """Cut what comes into 20 ms of `target`, until the stream ends.

    Marks pass in order; the last frame of a turn is filled up with silence. An interrupted turn
    leaves nothing behind.
    """
    framing = Framing(target)
    ctx.on_interrupt(framing.forget)
    async with contextlib.aclosing(inlet.with_marks()) as items:
        async for item in items:
            if isinstance(item, AudioFrame):
                for frame in framing.frames(item):
                    await outlet.send(frame)
                continue
            if isinstance(item, TurnEnded):
                for frame in framing.finish():
                    await outlet.send(frame)
            outlet.mark(item)
    for frame in framing.finish():
        await outlet.send(frame)


@attrs.frozen
class AudioConverter(Actor):
    """Makes frames of 20 ms in `target` of audio in any format."""

    target: AudioFormat

    inlet = In[AudioFrame]()
    outlet = Out[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        """Convert until the stream ends."""
        await reframe(ctx, self.inlet, self.outlet, self.target)


@attrs.frozen
class VideoConverter(Actor):
    """Makes pictures of `target` of such as are no smaller."""

    target: VideoFormat

    inlet = In[VideoFrame](kind=Kind.PICTURES)
    outlet = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        """Convert until the stream ends. Raises `FormatError` for a picture that is smaller."""
        size, color_format = (self.target.width, self.target.height), self.target.color_format
        async for frame in self.inlet:
            pixels = convert(
                frame.pixels,
                frame.width,
                frame.height,
                frame.color_format,
                color_format,
                size=size,
            )
            made = VideoFrame(pixels, *size, color_format, frame.pts, frame.turn, frame.source)
            await self.outlet.send(made)


def _between_audio(have: AudioFormat, want: AudioFormat) -> Sequence[Actor]:
    return (AudioConverter(want),)


def _between_video(have: VideoFormat, want: VideoFormat) -> Sequence[Actor]:
    # A picture is only ever made smaller: what is not there cannot be shown.
    if have.width < want.width or have.height < want.height:
        return ()
    return (VideoConverter(want),)


register_converter(AudioFormat, _between_audio)
register_converter(VideoFormat, _between_video)
