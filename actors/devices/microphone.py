"""The microphone of an agent: what it says, on its way to the call."""

import contextlib

import attrs

from actors.devices.framing import Framing
from actors.devices.wire_format import wire_format
from media import AudioFormat, AudioFrame
from runtime import Actor, Context, In, Kind, Out, TurnEnded


def _format(microphone: "Microphone") -> AudioFormat:
    return AudioFormat(microphone.sample_rate, microphone.channels)


def _wire_format(microphone: "Microphone") -> AudioFormat:
    return wire_format(microphone.sample_rate, microphone.channels)


def _known(microphone: "Microphone", _: object, __: object) -> None:
    _format(microphone)


@attrs.frozen
class Microphone(Actor):
    """A virtual microphone in a graph: `tts.audio >> mic.audio, mic.wire >> call.microphone`.

    - `audio`: frames of `sample_rate` and `channels`, of any length; frames in another format are
      converted. A frame keeps its turn.
    - `wire`: frames of 20 ms in a format that the call encodes as it is: `sample_rate` itself, or
      48 kHz where Opus does not take it (22.05, 32, 44.1 kHz).

    It keeps no clock of its own: the call's play-out takes 20 ms a tick, and whoever writes waits.
    Turn marks pass in order; the last frame of a turn is filled up with silence. An interrupted
    turn leaves nothing behind, here and in the links. A crash loses less than 20 ms.

    Raises `FormatError` for a rate or a number of channels that there is not.
    """

    device: str = attrs.field(default="microphone", alias="name")
    sample_rate: int = 16_000
    channels: int = attrs.field(default=1, validator=_known)

    audio = In[AudioFrame](kind=Kind.SPEECH, format=_format)
    wire = Out[AudioFrame](kind=Kind.SPEECH, format=_wire_format)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

    async def run(self, ctx: Context) -> None:
        """Cut what comes into 20 ms, until the stream ends."""
        framing = Framing(wire_format(self.sample_rate, self.channels))
        ctx.on_interrupt(framing.forget)
        async with contextlib.aclosing(self.audio.with_marks()) as items:
            async for item in items:
                if isinstance(item, AudioFrame):
                    for frame in framing.frames(item):
                        await self.wire.send(frame)
                    continue
                if isinstance(item, TurnEnded):
                    for frame in framing.finish():
                        await self.wire.send(frame)
                self.wire.mark(item)
        for frame in framing.finish():
            await self.wire.send(frame)
