"""The microphone: as an actor of an agent, and as a device that is written to directly."""

from __future__ import annotations

import attrs
import numpy as np
import trio

from actors.devices.conversion import reframe
from actors.devices.device import VirtualDevice
from actors.devices.pcm import Pcm, PcmQueue, check_format, device_format, pcm_samples
from actors.devices.statistics import Jitter, MicrophoneStatistics
from media import AudioFormat, AudioFrame, Samples
from media.framing import FRAMES_PER_SECOND, wire_format
from media.mix import with_channels
from media.resample import Resampler
from runtime import Actor, Context, In, InPort, Kind, Out, OutPort, Through


def _wire_format(microphone: Microphone) -> AudioFormat:
    return wire_format(microphone.sample_rate, microphone.channels)


@attrs.frozen
class Microphone(Actor, Through[AudioFrame, AudioFrame]):
    """A virtual microphone in a graph: `tts.audio >> mic.audio, mic.wire >> call.microphone`.

    - `audio`: frames of `sample_rate` and `channels`, of any length; frames in another format are
      converted. A frame keeps its turn.
    - `wire`: frames of 20 ms in a format that the call encodes as it is: `sample_rate` itself, or
      48 kHz where Opus does not take it (22.05, 32, 44.1 kHz).

    It keeps no clock of its own: the call's play-out takes 20 ms a tick, and whoever writes waits.
    Turn marks pass in order; the last frame of a turn is filled up with silence. An interrupted
    turn leaves nothing behind, here and in the links. A crash loses less than 20 ms.

    Raises `FormatError` for a rate or a number of channels that there is not.

    Attributes:
        device: the device's name, which the constructor takes as `name`.
        sample_rate: Hz.
        channels: 1 or 2.
    """

    device: str = attrs.field(default="microphone", alias="name")
    sample_rate: int = 16_000
    channels: int = attrs.field(default=1, validator=check_format)

    audio = In[AudioFrame](kind=Kind.SPEECH)
    wire = Out[AudioFrame](kind=Kind.SPEECH, format=_wire_format)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_name", self.device)

    def ends(self) -> tuple[InPort[AudioFrame], OutPort[AudioFrame]]:
        """Return `audio` and `wire`, between which it stands in `a >> microphone >> b`."""
        return self.audio, self.wire

    async def run(self, ctx: Context) -> None:
        """Cut what comes into 20 ms, until the stream ends."""
        await reframe(ctx, self.audio, self.wire, wire_format(self.sample_rate, self.channels))


class Playhead:
    """The schedule of a microphone, as an ideal converter would keep it.

    Audio is played from the moment when it is written, or from the end of what was written
    before. The end moves by lengths of audio alone, so no wake-up's lateness ever adds up.
    """

    def __init__(self, sample_rate: int) -> None:
        self.end = float("-inf")
        """When all that was written will have been played (Trio's clock)."""
        self._rate = sample_rate

    def remaining(self, now: float) -> float:
        """Seconds of audio that are still to be played."""
        return max(0.0, self.end - now)

    def extend(self, frames: int, now: float) -> float:
        """Add samples; return for how many seconds nothing had been left to play."""
        dry = max(0.0, now - self.end)
        self.end = max(self.end, now) + frames / self._rate
        return dry

    def shift(self, seconds: float) -> None:
        """Play everything so much later: whoever plays it has fallen behind."""
        self.end += seconds

    def cut(self, frames: int, now: float) -> None:
        """Take samples away that will never be played."""
        self.end = max(now, self.end - frames / self._rate)


QUEUED_SECONDS = 0.2
"""What may wait: enough for a late writer, little enough to be taken back."""

STEP_SECONDS = 0.02
"""A writer that waits is woken for so much room, not for a sample of it."""

PAUSE_SECONDS = 0.5
"""A writer that stays away for longer has paused; who comes back earlier was late."""

LATE_SECONDS = 0.02
"""How far a call may fall behind the schedule before the schedule is moved."""


class MicrophoneDevice(VirtualDevice):
    """A virtual microphone: 16-bit PCM of its own rate and channels, written in any portions.

    It plays in real time, from the moment when it is written to, whether or not it is attached to
    a call. All of it belongs to one Trio thread; several tasks may write, each portion is played
    as a whole.

    Attributes:
        name: the device's name.
        sample_rate: Hz.
        channels: 1 or 2.
        format: rate and channels together.
    """

    def __init__(self, name: str, sample_rate: int = 16_000, channels: int = 1) -> None:
        super().__init__(name)
        self.format = device_format(name, sample_rate, channels)
        self.sample_rate = sample_rate
        self.channels = channels
        self._queue = PcmQueue(channels)
        self._head = Playhead(sample_rate)
        self._writing = trio.StrictFIFOLock()
        self._changed = trio.lowlevel.ParkingLot()  # the schedule is another
        self._pulled = trio.lowlevel.ParkingLot()  # the call took 20 ms
        self._jitter = Jitter()
        self._floor = 0
        self._written = self._played = self._unheard = self._dropped = 0
        self._underruns = self._padding = 0
        self._slipped = 0.0
        self._resampler: Resampler | None = None
        self._target = self.format
        self._ringing = False

    # Whoever writes

    async def write(self, pcm: Pcm, *, turn: int | None = None) -> int:
        """Queue all of `pcm`, waiting so that never more than 200 ms are queued.

        `pcm` is any contiguous bytes-like object or int16 array, of any length; its memory is the
        caller's again when this returns. With a `turn`, `interrupt(turn)` takes back what has not
        been played, and the rest of this portion is dropped and counted.

        Returns the frames (samples per channel) taken: all of them. Cancelled, what was taken so
        far is played. Raises `FrameSizeError`, `DeviceClosedError`, and `CallEnded` when the call
        that it belongs to is over.
        """
        samples = pcm_samples(self.name, pcm, self.channels)
        async with self._writing:
            taken = 0
            while True:
                self._check()
                taken += self._take(samples[taken:], turn)
                if taken == len(samples):
                    return taken
                await self._wait_for_room(len(samples) - taken)

    def write_nowait(self, pcm: Pcm, *, turn: int | None = None) -> int:
        """Queue what there is room for now; return so many frames. The rest stays the caller's.

        0 while another task is in the middle of a `write`. Raises as `write` does.
        """
        samples = pcm_samples(self.name, pcm, self.channels)
        self._check()
        if self._writing.locked():
            return 0
        return self._take(samples, turn)

    async def flush(self) -> int:
        """Wait until all that is queued now was played; return how many frames of it were.

        That is less than what was queued when somebody cleared it meanwhile. Raises
        `DeviceClosedError`, and `CallEnded` when the call that it belongs to is over.
        """
        self._check()
        self._settle(trio.current_time())
        before = self._played
        await self.wait_played(self._written)
        return self._played - before

    async def wait_played(self, position: int) -> None:
        """Wait until the first `position` frames that were ever written were played or dropped.

        `written` tells the position behind the last write. Raises as `flush` does.
        """
        await trio.lowlevel.checkpoint()
        while True:
            self._check()
            now = trio.current_time()
            self._settle(now)
            due = self._head.end - (self._written - position) / self.sample_rate
            if now < due:
                with trio.move_on_at(due):
                    await self._changed.park()
            elif self._written - self._queue.frames < position:
                await self._pulled.park()
            else:
                return

    def clear(self) -> int:
        """Drop what is queued; return how many frames will never be played."""
        self._settle(trio.current_time())
        return self._drop(self._queue.clear())

    def interrupt(self, turn: int) -> int:
        """Drop what is queued of `turn` and older ones, and what will be written of them.

        Returns how many frames will never be played. What was written without a turn stays.
        """
        self._settle(trio.current_time())
        self._floor = max(self._floor, turn + 1)
        return self._drop(self._queue.drop_turns(turn))

    # What it is

    @property
    def written(self) -> int:
        """Frames that were taken so far."""
        return self._written

    def statistics(self) -> MicrophoneStatistics:
        """Return an immutable picture of this moment."""
        self._settle(trio.current_time())
        return MicrophoneStatistics(
            written=self._written,
            played=self._played,
            unheard=self._unheard,
            dropped=self._dropped,
            depth=self._queue.frames,
            underruns=self._underruns,
            padding=self._padding,
            slipped=self._slipped,
            jitter=self._jitter.value,
        )

    # The call that it is attached to

    def attach(self) -> None:
        """Be played by a call from now on: it calls `pull` every 20 ms."""
        self._settle(trio.current_time())
        self._attached = True

    def pull(self, target: AudioFormat, *, heard: bool) -> AudioFrame | None:
        """Return the next 20 ms in the format that the call wants, or None where nothing plays.

        Less than 20 ms wait until more comes, or until their time is over; then they are filled up
        with silence. `heard` says whether anybody is there.
        """
        now, size = trio.current_time(), self.sample_rate // FRAMES_PER_SECOND
        have = self._queue.frames
        if have < size and (not have or now < self._head.end):
            return self._rest(target) if self._ringing and not have else None
        samples = self._queue.take(size)
        self._played += len(samples)
        self._unheard += 0 if heard else len(samples)
        behind = self._queue.frames / self.sample_rate - self._head.remaining(now)
        if behind > LATE_SECONDS:
            self._head.shift(behind)
            self._slipped += behind
        self._pulled.unpark_all()
        if missing := size - len(samples):
            self._padding += missing
            samples = np.pad(samples, ((0, missing), (0, 0)))
        return self._converted(samples, target)

    # Inside

    def _drop_all(self) -> None:
        self.clear()

    def _wake(self) -> None:
        self._changed.unpark_all()
        self._pulled.unpark_all()

    def _take(self, samples: Samples, turn: int | None) -> int:
        if turn is not None and turn < self._floor:
            self._written += len(samples)
            self._dropped += len(samples)
            return len(samples)
        now = trio.current_time()
        self._settle(now)
        taken = min(len(samples), self._room(now))
        if taken:
            dry = self._head.extend(taken, now)
            self._underruns += 0 < dry < PAUSE_SECONDS
            self._queue.push(samples[:taken].copy(), turn)
            self._written += taken
        return taken

    def _room(self, now: float) -> int:
        used = max(self._head.remaining(now) * self.sample_rate, self._queue.frames)
        return max(0, int(QUEUED_SECONDS * self.sample_rate - used + 1e-3))

    async def _wait_for_room(self, wanted: int) -> None:
        room = min(wanted / self.sample_rate, STEP_SECONDS)
        due = self._head.end - QUEUED_SECONDS + room
        if trio.current_time() >= due:
            await self._pulled.park()  # the call has fallen behind
            return
        with trio.move_on_at(due) as waiting:
            await self._changed.park()
        if waiting.cancelled_caught:
            self._jitter.note(trio.current_time() - due)

    def _settle(self, now: float) -> None:
        """Play into the void what its time is over for, where no call does."""
        if self._attached:
            return
        left = round(self._head.remaining(now) * self.sample_rate)
        played = len(self._queue.take(max(0, self._queue.frames - left)))
        self._played += played
        self._unheard += played

    def _drop(self, frames: int) -> int:
        self._dropped += frames
        self._head.cut(frames, trio.current_time())
        self._wake()
        return frames

    def _converted(self, samples: Samples, target: AudioFormat) -> AudioFrame:
        if target != self._target:
            self._target = target
            same = target.sample_rate == self.sample_rate
            self._resampler = (
                None if same else Resampler(self.sample_rate, target.sample_rate, target.channels)
            )
        samples = with_channels(samples, target.channels)
        if self._resampler is not None:
            self._ringing = True
            samples = self._resampler.process(samples)
        return AudioFrame(samples, target.sample_rate)

    def _rest(self, target: AudioFormat) -> AudioFrame:
        """What the resampler holds back: it lags by 5 ms."""
        size = self.sample_rate // FRAMES_PER_SECOND
        frame = self._converted(np.zeros((size, self.channels), np.int16), target)
        self._ringing = False
        return frame
