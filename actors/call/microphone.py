"""What a call says: frames from its `microphone` inlet to packets in the play-out."""

from collections.abc import Callable
from math import ceil

import trio

from actors.call.encoding import Encoding
from actors.call.playout import Playout
from actors.call.sound import Sound
from actors.call.standing import TICK
from media import AudioFrame


class MicrophoneFeed:
    """Puts frames into the play-out, no faster than it empties.

    A frame of speech waits while 200 ms are queued; live audio (turn None) never waits.
    """

    def __init__(
        self, playout: Playout, codec: str, clock: Callable[[], float], sound: Sound | None = None
    ) -> None:
        self._playout = playout
        self._encoding = Encoding(codec, sound)
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
        """Packets that were not sent yet."""
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
        """Free the encoder."""
        self._encoding.close()
