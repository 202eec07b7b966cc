"""The speaker: as an actor of an agent, and as a device that is read directly."""

from __future__ import annotations

from collections import deque

import attrs
import numpy as np
import trio

from actors.devices.device import VirtualDevice
from actors.devices.pcm import PcmQueue, check_format, device_format, own_format
from actors.devices.rendering import Tick, mixed
from actors.devices.statistics import Jitter, SpeakerStatistics
from actors.errors import FrameSizeError
from media import AudioFrame
from media.framing import FRAMES_PER_SECOND
from media.resample import Resampler
from runtime import Actor, Context, In, InPort, Kind, Out, OutPort, SpeechRole, Through

PATIENCE = 0.005
"""Seconds that a tick waits for a voice that was in the last one."""


@attrs.frozen
class Speaker(Actor, Through[AudioFrame, AudioFrame]):
    """A virtual speaker in a graph: `call.voices >> speaker.voices, speaker.audio >> vad.audio`.

    - `voices`: one frame for each voice and tick, those of a tick with the same `pts`.
    - `audio`: one frame a tick of `sample_rate` and `channels`: the mix of all, or one
      participant's voice (`only`), or everybody's but one's (`without`: mix-minus). Where nobody
      speaks it is silent. With `only` the frame's `source` is that participant.

    It follows the call's tick and keeps no clock of its own. Raises `FormatError` for a rate or a
    number of channels that there is not.

    Attributes:
        device: the device's name, which the constructor takes as `name`.
        sample_rate: Hz.
        channels: 1 or 2.
        only: hear this participant alone.
        without: hear everybody but this participant (mix-minus).
    """

    device: str = attrs.field(default="speaker", alias="name")
    sample_rate: int = 16_000
    channels: int = attrs.field(default=1, validator=check_format)
    only: str | None = attrs.field(default=None, kw_only=True)
    without: str | None = attrs.field(default=None, kw_only=True)

    voices = In[AudioFrame](kind=Kind.LIVE, capacity=25)
    audio = Out[AudioFrame](kind=Kind.LIVE, format=own_format, speech=SpeechRole.ENDS)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

    def ends(self) -> tuple[InPort[AudioFrame], OutPort[AudioFrame]]:
        """Return `voices` and `audio`, between which it stands in `a >> speaker >> b`."""
        return self.voices, self.audio

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


KEPT_SECONDS = 1.0
"""What waits for a reader. A reader that stays away for longer hears the newest."""

PATIENCE_SECONDS = 0.06
"""How late a call may be before silence stands in for it."""

LONGEST_READ = 60
"""Seconds that one read may ask for."""

TICK_SECONDS = 1 / FRAMES_PER_SECOND


class SpeakerDevice(VirtualDevice):
    """A virtual speaker: gives 16-bit PCM of its own rate and channels, in any portions.

    It runs in real time from its creation on: what a call gives, else silence. All of it belongs
    to one Trio thread.

    Attributes:
        name: the device's name.
        sample_rate: Hz.
        channels: 1 or 2.
        only: hear this participant alone.
        without: hear everybody but this participant (mix-minus).
        format: rate and channels together.
    """

    def __init__(
        self,
        name: str,
        sample_rate: int = 16_000,
        channels: int = 1,
        *,
        only: str | None = None,
        without: str | None = None,
    ) -> None:
        super().__init__(name)
        self.format = device_format(name, sample_rate, channels)
        self.sample_rate = sample_rate
        self.channels = channels
        self.only = only
        self.without = without
        self._size = sample_rate // FRAMES_PER_SECOND
        self._pcm = PcmQueue(channels)
        self._ticks: deque[Tick | int] = deque()  # not converted yet; a number is so much silence
        self._waiting = 0  # frames in _ticks
        self._wanted = 0  # frames that a reader waits for
        self._due = trio.current_time()  # until when there is sound, or silence instead
        self._reading = trio.StrictFIFOLock()
        self._news = trio.lowlevel.ParkingLot()
        self._resampler: Resampler | None = None
        self._smallest = self._seen = 0
        self._last_tick: float | None = None
        self._jitter = Jitter()
        self._played = self._dropped = self._standing = self._underruns = self._padding = 0

    # Whoever reads

    async def read(self, frames: int) -> bytes:
        """Return exactly `frames` frames (samples per channel), as they come in real time.

        The bytes are interleaved 16-bit little-endian samples. Silence stands where nobody
        speaks, and where there is no call. Cancelled, nothing is lost: the next read gives it.
        Raises `FrameSizeError` for less than one frame or more than 60 s, `DeviceClosedError`,
        and `CallEnded` when the call that it belongs to is over.
        """
        if type(frames) is not int or not 0 < frames <= LONGEST_READ * self.sample_rate:
            raise FrameSizeError(
                f"{self.name!r} was asked for {frames!r} frames: ask for 1 to "
                f"{LONGEST_READ * self.sample_rate} (60 s) at a time."
            )
        async with self._reading:
            self._wanted = frames
            try:
                while self._fill() < frames:
                    missing = frames - self._depth
                    patience = PATIENCE_SECONDS if self._attached else 0.0
                    with trio.move_on_at(self._due + missing / self.sample_rate + patience):
                        await self._news.park()
            finally:
                self._wanted = 0
            return self._taken(frames)

    def read_nowait(self, frames: int) -> bytes:
        """Return what is there now, at most `frames` frames. Raises as `read` does."""
        self._fill()
        return self._taken(min(frames, self._depth)) if frames > 0 else b""

    def clear(self) -> int:
        """Drop what nobody has read yet; return how many frames that were."""
        self._fill()
        dropped = self._pcm.clear() + self._waiting
        self._ticks.clear()
        self._waiting = 0
        self._dropped += dropped
        return dropped

    # What it is

    def statistics(self) -> SpeakerStatistics:
        """Return an immutable picture of this moment."""
        if self._end is None:
            self._fill()
        return SpeakerStatistics(
            played=self._played,
            dropped=self._dropped,
            standing=self._standing,
            depth=self._depth,
            underruns=self._underruns,
            padding=self._padding,
            jitter=self._jitter.value,
        )

    # The call that it is attached to

    def attach(self) -> None:
        """Hear a call from now on: it calls `hear` every 20 ms."""
        self._fill()
        self._attached = True
        self._last_tick = None

    def hear(self, voices: Tick, whole: AudioFrame | None = None) -> None:
        """Take 20 ms of everybody, and the mix of all where it is there already.

        The mix also has what is no voice: the sound of a shared screen.
        """
        now = trio.current_time()
        if self._last_tick is not None:
            self._jitter.note(now - self._last_tick - TICK_SECONDS)
        self._last_tick = now
        self._fill()
        self._shed()
        self._due += TICK_SECONDS
        every = self.only is None and self.without is None
        self._add((whole,) if every and whole is not None else voices, self._size)
        if self._wanted and self._depth >= self._wanted:
            self._news.unpark_all()

    # Inside

    def _drop_all(self) -> None:
        self.clear()

    def _wake(self) -> None:
        self._news.unpark_all()

    @property
    def _depth(self) -> int:
        return self._pcm.frames + self._waiting

    def _fill(self) -> int:
        """Put silence where nothing came in time; return how many frames there are now."""
        self._check()
        patience = PATIENCE_SECONDS if self._attached else 0.0
        missing = int((trio.current_time() - patience - self._due) * self.sample_rate + 1e-3)
        if missing > 0:
            self._underruns += self._attached
            self._padding += missing
            self._due += missing / self.sample_rate
            self._add(missing, missing)
        return self._depth

    def _add(self, tick: Tick | int, frames: int) -> None:
        self._ticks.append(tick)
        self._waiting += frames
        excess = self._depth - round(KEPT_SECONDS * self.sample_rate) - self._wanted
        if excess > 0:
            self._dropped += self._discard(excess)

    def _shed(self) -> None:
        """Drop what has stood here for a second without being needed; see `runtime.link`."""
        depth = 0 if self._wanted else self._depth
        self._smallest = depth if self._seen == 0 else min(self._smallest, depth)
        self._seen += 1
        if self._seen < FRAMES_PER_SECOND:
            return
        self._seen = 0
        if self._smallest > self._size:
            self._standing += self._discard(self._smallest - self._size)

    def _discard(self, frames: int) -> int:
        """Drop the oldest, whole ticks where they are not converted yet."""
        dropped = len(self._pcm.take(frames))
        while dropped < frames and self._ticks:
            first = self._ticks.popleft()
            size = first if isinstance(first, int) else self._size
            if isinstance(first, int) and size > frames - dropped:
                self._ticks.appendleft(size - (frames - dropped))
                size = frames - dropped
            self._waiting -= size
            dropped += size
        return dropped

    def _taken(self, frames: int) -> bytes:
        while self._pcm.frames < frames:
            self._convert(self._ticks.popleft())
        self._played += frames
        return self._pcm.take(frames).astype("<i2", copy=False).tobytes()

    def _convert(self, tick: Tick | int) -> None:
        if isinstance(tick, int):
            self._waiting -= tick
            self._pcm.push(np.zeros((tick, self.channels), np.int16))
            return
        self._waiting -= self._size
        rate = tick[0].sample_rate
        if self._resampler is None or self._resampler.source_rate != rate:
            self._resampler = Resampler(rate, self.sample_rate, self.channels)
        samples = mixed(tick, self.channels, only=self.only, without=self.without)
        self._pcm.push(self._resampler.process(samples))
