"""Sends what a call says: frames from its inlet, mixed and encoded, to the play-out."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil

import trio

from actors.call.encoding import Encoding
from actors.call.playout import TICK, Playout, StandingDepth
from actors.call.settings import AudioSettings
from media import AudioFormat, AudioFrame
from media.framing import WIRE_RATE, Framing
from media.mix import mix, with_channels
from runtime import InPort, TurnEnded


class MicrophoneFeed:
    """Puts frames into the play-out, no faster than it empties.

    A frame of speech waits while 200 ms are queued; live audio (turn None) never waits.
    """

    def __init__(
        self,
        playout: Playout,
        codec: str,
        clock: Callable[[], float],
        audio_settings: AudioSettings | None = None,
    ) -> None:
        self._playout = playout
        self._encoding = Encoding(codec, audio_settings)
        self._clock = clock
        self._emptied = trio.lowlevel.ParkingLot()
        self._group = 0

    async def put(self, frame: AudioFrame) -> None:
        """Encode a frame and queue it. Cancelled while it waits, the frame is lost."""
        if frame.turn is None:
            self._expect(frame)
        for packet in self._encoding.packets(frame):
            while not self._playout.room(frame.turn):
                await self._emptied.park()
            self._playout.put(packet)

    @property
    def waiting(self) -> int:
        return self._playout.waiting

    async def ticked(self) -> None:
        """Wait until the next packet was sent, or something was dropped."""
        await self._emptied.park()

    def put_nowait(self, frame: AudioFrame) -> None:
        """Encode a frame and queue it, whether or not there is room."""
        for packet in self._encoding.packets(frame):
            self._playout.put(packet)

    def lose(self) -> None:
        """Count 20 ms of live audio that were dropped on the way here."""
        self._playout.lose()

    def put_live(self, frame: AudioFrame) -> None:
        """Encode live audio and queue it; the oldest gives way where there is no room."""
        self._expect(frame)
        self.put_nowait(frame)

    def _expect(self, frame: AudioFrame) -> None:
        group = max(1, ceil(len(frame.samples) / (frame.sample_rate * TICK)))
        if group != self._group:
            self._group = group
            self._playout.expect(group)

    def end(self, turn: int) -> None:
        """Say that this turn has been put in full."""
        for packet in self._encoding.finish():
            self._playout.put(packet)
        self._playout.end(turn, self._clock())

    def interrupt(self, turn: int) -> None:
        """Drop what is queued of this turn and older ones."""
        self._playout.flush(turn, self._clock())
        self._encoding.forget()
        self._emptied.unpark_all()

    def pause(self, turn: int, paused: bool) -> None:
        """Hold speech back, or go on with it at the same packet."""
        if paused:
            self._playout.hold(turn)
        else:
            self._playout.release()

    def tick(self) -> None:
        """A packet was sent: there may be room."""
        if self._emptied:
            self._emptied.unpark_all()

    def expect_loss(self, share: float) -> None:
        """Send as much redundancy as a loss of this share of packets (0 to 1) is worth."""
        self._encoding.expect_loss(share)

    def close(self) -> None:
        self._encoding.close()


WAITING = 3
"""Frames of 20 ms of one source that may wait to be mixed: speech waits, live audio gives way."""

AHEAD = 2
"""Packets of live audio that are mixed ahead of the network: the one that goes next, and one for
a late tick."""

SPEECH_AHEAD = 7
"""Packets that are mixed ahead while there is only speech, which has time: an actor that keeps the
thread for 100 ms silences none of it. Live audio that begins meanwhile waits for so many."""

LIVE_MEMORY = 50
"""Ticks for which a source of live audio that has paused is expected to go on."""


class _Source:
    """What one source has said and nobody has mixed yet."""

    def __init__(self, lose: Callable[[], None]) -> None:
        self._lose = lose
        self.queue: deque[AudioFrame | TurnEnded] = deque()
        self.frames = 0
        self.emptied = trio.lowlevel.ParkingLot()
        self.standing = StandingDepth()
        self._framing: Framing | None = None

    @property
    def is_live(self) -> bool:
        """Whether live audio waits to be mixed."""
        return any(item.turn is None for item in self.queue)

    async def take(self, item: AudioFrame) -> None:
        """Queue a frame in pieces of 20 ms; speech waits for room."""
        if self._framing is None or self._framing.target.channels < item.channels:
            self._framing = Framing(AudioFormat(WIRE_RATE, item.channels))
        for frame in self._framing.frames(item):
            while frame.turn is not None and self.frames >= WAITING:
                await self.emptied.park()
            self._append(frame)

    def end(self, mark: TurnEnded) -> None:
        """Queue what is left of a turn, and its end."""
        for frame in self._framing.finish() if self._framing is not None else ():
            self._append(frame)
        self.queue.append(mark)

    def next(self) -> AudioFrame | None:
        """Take the next 20 ms, if they are here; ends of turns before them stay."""
        if not self.queue or isinstance(self.queue[0], TurnEnded):
            return None
        frame = self.queue.popleft()
        assert isinstance(frame, AudioFrame)
        self.frames -= 1
        if frame.turn is None:
            for _ in range(self.standing.excess(self.frames)):
                self._drop_live()
        self.emptied.unpark_all()
        return frame

    def ended(self) -> list[TurnEnded]:
        """Take the ends of turns that have been mixed in full."""
        ends: list[TurnEnded] = []
        while self.queue and isinstance(end := self.queue[0], TurnEnded):
            self.queue.popleft()
            ends.append(end)
        return ends

    def interrupt(self, turn: int) -> None:
        self.queue = deque(item for item in self.queue if item.turn is None or item.turn > turn)
        self.frames = sum(isinstance(item, AudioFrame) for item in self.queue)
        if self._framing is not None:
            self._framing.forget(turn)
        self.emptied.unpark_all()

    def _append(self, frame: AudioFrame) -> None:
        if frame.turn is None and self.frames >= WAITING:
            self._drop_live()
        self.queue.append(frame)
        self.frames += 1

    def _drop_live(self) -> None:
        for place, item in enumerate(self.queue):
            if isinstance(item, AudioFrame) and item.turn is None:
                del self.queue[place]
                self.frames -= 1
                self._lose()
                return


class MicrophoneMix:
    """Mixes sources tick by tick, at 48 kHz, and gives the feed the sum.

    The sum belongs to the newest turn that is in it; live audio alone belongs to none. While
    speech is held or the play-out is full, everything waits with it.
    """

    def __init__(self, feed: MicrophoneFeed) -> None:
        self._feed = feed
        self._sources: list[_Source] = []
        self._channels = 1
        self._live = 0

    async def run(self, inlets: Sequence[InPort[AudioFrame]]) -> None:
        """Mix these sources until all of them have ended."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._mix)
            async with trio.open_nursery() as readers:
                for inlet in inlets:
                    source = _Source(self._feed.lose)
                    self._sources.append(source)
                    readers.start_soon(self._read, inlet, source)
            while any(source.queue for source in self._sources):
                await self._feed.ticked()
            nursery.cancel_scope.cancel()

    def interrupt(self, turn: int) -> None:
        for source in self._sources:
            source.interrupt(turn)

    async def _read(self, inlet: InPort[AudioFrame], source: _Source) -> None:
        async with contextlib.aclosing(inlet.with_marks()) as items:
            async for item in items:
                if isinstance(item, AudioFrame):
                    await source.take(item)
                elif isinstance(item, TurnEnded):
                    source.end(item)

    async def _mix(self) -> None:
        while True:
            await self._feed.ticked()
            self._live = max(0, self._live - 1)
            while self._feed.waiting < self._ahead() and (frame := self._sum()) is not None:
                self._feed.put_nowait(frame)
                self._tell_ends()
            self._tell_ends()

    def _ahead(self) -> int:
        if any(source.is_live for source in self._sources):
            self._live = LIVE_MEMORY
        return AHEAD if self._live else SPEECH_AHEAD

    def _tell_ends(self) -> None:
        for source in self._sources:
            for end in source.ended():
                self._feed.end(end.turn)

    def _sum(self) -> AudioFrame | None:
        frames = [frame for source in self._sources if (frame := source.next()) is not None]
        if not frames:
            return None
        self._channels = max(self._channels, *(frame.channels for frame in frames))
        samples = mix([with_channels(frame.samples, self._channels) for frame in frames])
        turn = max((frame.turn for frame in frames if frame.turn is not None), default=None)
        return AudioFrame(samples, WIRE_RATE, turn=turn)
