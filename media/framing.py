"""Cuts a stream of audio of any length into frames of 20 ms in one format."""

from collections.abc import Iterator

import numpy as np

from media.audio_frame import AudioFrame, Samples
from media.formats import AudioFormat
from media.mix import with_channels
from media.opus import OPUS_RATES
from media.resample import Resampler

FRAMES_PER_SECOND = 50

WIRE_RATE = 48_000
"""The rate that a call takes in place of one that Opus does not take."""


def wire_format(sample_rate: int, channels: int) -> AudioFormat:
    """Return the format in which a call takes such audio without resampling it again."""
    return AudioFormat(sample_rate if sample_rate in OPUS_RATES else WIRE_RATE, channels)


class Framing:
    """Cuts audio into 20 ms, turn by turn, and converts what comes in another format.

    What does not fill a frame waits for more of the same turn. A turn's last frame is filled up
    with silence, by `finish` or when another turn begins.
    """

    def __init__(self, target: AudioFormat) -> None:
        self.target = target
        self._size = target.sample_rate // FRAMES_PER_SECOND
        self._rest: Samples = np.zeros((0, target.channels), np.int16)
        self._resampler: Resampler | None = None
        self._rate = target.sample_rate
        self._turn: int | None = None
        self._source: str | None = None
        self._pts = 0
        self._begun = False
        """Whether anything has come since the last `finish`."""

    def frames(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Give the frames that this one completes. Read all of them before the next call."""
        if frame.turn != self._turn:
            yield from self.finish()
            self._turn = frame.turn
        if frame.sample_rate != self._rate:
            yield from self.finish()
            self._begin(frame.sample_rate)
        self._source, self._begun = frame.source, True
        samples = with_channels(frame.samples, self.target.channels)
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        if len(self._rest):
            samples = np.concatenate((self._rest, samples))
        whole = len(samples) - len(samples) % self._size
        self._rest = samples[whole:]
        for start in range(0, whole, self._size):
            yield self._frame(samples[start : start + self._size])

    def finish(self) -> Iterator[AudioFrame]:
        """Give the rest of the present turn, filled up with silence."""
        rest = self._rest
        if self._resampler is not None and self._begun:
            rest = np.concatenate((rest, self._resampler.flush()))
        self._rest, self._begun = rest[:0], False
        for start in range(0, len(rest), self._size):
            part = rest[start : start + self._size]
            missing = self._size - len(part)
            yield self._frame(np.pad(part, ((0, missing), (0, 0))) if missing else part)

    def forget(self, turn: int) -> None:
        """Drop what waits of this turn and older ones: it was interrupted."""
        if self._turn is not None and self._turn <= turn:
            self._rest, self._begun = self._rest[:0], False
            self._begin(self._rate)

    def _begin(self, rate: int) -> None:
        self._rate = rate
        same = rate == self.target.sample_rate
        self._resampler = (
            None if same else Resampler(rate, self.target.sample_rate, self.target.channels)
        )

    def _frame(self, samples: Samples) -> AudioFrame:
        frame = AudioFrame(samples, self.target.sample_rate, self._pts, self._turn, self._source)
        self._pts += self._size
        return frame
