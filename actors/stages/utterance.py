"""An utterance: one person's audio of one turn, which grows while an ear reads it."""

from __future__ import annotations

import numpy as np
import trio
from numpy.typing import NDArray

from media import AudioFrame

PAUSE = 0.06
"""Seconds without a new frame after which the person is taken to pause: three frames."""


class Utterance:
    """The audio of a turn so far, for an ear to read by frames or as a whole.

    `Hearing` appends to it while the ear works. While the person pauses no frames come: `Turns`
    holds the silence back, and sends it once the person goes on. So an ear may decode in the pause
    and be ready when the turn ends. For one reader; mono, one sample rate.
    """

    def __init__(self, turn: int, sample_rate: int = 16000, source: str | None = None) -> None:
        self.turn = turn
        self.source = source
        self.sample_rate = sample_rate
        self._pieces: list[NDArray[np.int16]] = []
        self._length = 0
        self._read = 0
        self._ended = False
        self._news = trio.Event()

    def __len__(self) -> int:
        """Samples so far."""
        return self._length

    @property
    def ended(self) -> bool:
        """True when no more audio will come."""
        return self._ended

    def append(self, frame: AudioFrame) -> None:
        """Add a frame (for whoever feeds the utterance)."""
        self._pieces.append(frame.mono().samples[:, 0])
        self._length += len(frame)
        self._wake()

    def end(self) -> None:
        """Say that no more audio will come."""
        self._ended = True
        self._wake()

    def samples(self, start: int = 0) -> NDArray[np.int16]:
        """All samples from `start` on, int16 `[n]`."""
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0][start:] if self._pieces else np.zeros(0, np.int16)

    async def wait_beyond(self, length: int, *, enough: int) -> None:
        """Wait for `enough` samples beyond `length`, or any and then a pause, or the end.

        Returns at once when the utterance has ended. A cancellation loses nothing.
        """
        while not self._ended and self._length - length < enough:
            news = self._news
            if self._length == length:
                await news.wait()
                continue
            with trio.move_on_after(PAUSE) as pause:
                await news.wait()
            if pause.cancelled_caught:
                return
        await trio.lowlevel.checkpoint()

    def __aiter__(self) -> Utterance:
        return self

    async def __anext__(self) -> AudioFrame:
        """Give what came since the last time, as one frame; ends with the utterance."""
        while self._read == self._length:
            if self._ended:
                raise StopAsyncIteration
            await self._news.wait()
        fresh = self.samples(self._read)
        frame = AudioFrame(fresh[:, None], self.sample_rate, self._read, self.turn, self.source)
        self._read = self._length
        return frame

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()
