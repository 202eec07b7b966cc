"""The speaker of an agent: what it hears of everybody, or of some, as one stream."""

import attrs
import trio

from actors.devices.voices import mixed
from media import AudioFormat, AudioFrame
from media.resample import Resampler
from runtime import Actor, Context, In, Kind, Out

PATIENCE = 0.005
"""Seconds that a tick waits for a voice that was in the last one."""


def _format(speaker: "Speaker") -> AudioFormat:
    return AudioFormat(speaker.sample_rate, speaker.channels)


def _known(speaker: "Speaker", _: object, __: object) -> None:
    _format(speaker)


@attrs.frozen
class Speaker(Actor):
    """A virtual speaker in a graph: `call.voices >> speaker.voices, speaker.audio >> vad.audio`.

    - `voices`: one frame for each voice and tick, those of a tick with the same `pts`.
    - `audio`: one frame a tick of `sample_rate` and `channels`: the mix of all, or one
      participant's voice (`only`), or everybody's but one's (`without`: mix-minus). Where nobody
      speaks it is silent. With `only` the frame's `source` is that participant.

    It follows the call's tick and keeps no clock of its own. Raises `FormatError` for a rate or a
    number of channels that there is not.
    """

    device: str = attrs.field(default="speaker", alias="name")
    sample_rate: int = 16_000
    channels: int = attrs.field(default=1, validator=_known)
    only: str | None = attrs.field(default=None, kw_only=True)
    without: str | None = attrs.field(default=None, kw_only=True)

    voices = In[AudioFrame](kind=Kind.LIVE, capacity=25)
    audio = Out[AudioFrame](kind=Kind.LIVE, format=_format, spoken=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

    async def run(self, ctx: Context) -> None:
        """Give one frame for each tick, until the voices end."""
        resampler: Resampler | None = None
        pts = 0
        ahead: AudioFrame | None = None
        expected: set[str | None] = set()
        while True:
            try:
                first = ahead or await self.voices.receive()
            except trio.EndOfChannel:
                return
            tick, ahead = await self._rest_of(first, expected)
            expected = {frame.source for frame in tick}
            samples = mixed(tick, self.channels, only=self.only, without=self.without)
            if resampler is None or resampler.source_rate != first.sample_rate:
                resampler = Resampler(first.sample_rate, self.sample_rate, self.channels)
            samples = resampler.process(samples)
            await self.audio.send(AudioFrame(samples, self.sample_rate, pts, None, self.only))
            pts += len(samples)

    async def _rest_of(
        self, first: AudioFrame, expected: set[str | None]
    ) -> tuple[list[AudioFrame], AudioFrame | None]:
        """The other voices of a tick, and the first of the next where it has come already.

        A call sends a whole tick at once. What stands between may pass it on voice by voice: so
        those who were in the last tick are waited for, but not longer than they are worth.
        """
        tick = [first]
        missing = expected - {first.source}
        deadline = trio.current_time() + PATIENCE
        while (frame := await self._next(deadline if missing else None)) is not None:
            if frame.pts != first.pts:
                return tick, frame
            tick.append(frame)
            missing -= {frame.source}
        return tick, None

    async def _next(self, deadline: float | None) -> AudioFrame | None:
        """The next voice if it is here, or comes until `deadline`; None at the stream's end."""
        try:
            return self.voices.receive_nowait()
        except trio.EndOfChannel:
            return None
        except trio.WouldBlock:
            if deadline is None:
                return None
        with trio.move_on_at(deadline):
            try:
                return await self.voices.receive()
            except trio.EndOfChannel:
                return None
        return None
