"""What was said in a call, both sides on one clock: people left, the agent right."""

from __future__ import annotations

from collections import deque

import numpy as np

from actors.call.played import Played
from media import AudioFrame, Samples
from media.resample import Resampler


class Side:
    """One side's samples at the recording's rate, in the order in which they sound."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._resampler: Resampler | None = None

    def converted(self, frame: AudioFrame) -> Samples:
        """Return the frame as mono `[n, 1]` at the recording's rate."""
        samples = frame.mono().samples
        if frame.sample_rate == self._rate:
            return samples
        if self._resampler is None or self._resampler.source_rate != frame.sample_rate:
            self._resampler = Resampler(frame.sample_rate, self._rate)
        return self._resampler.process(samples)


class AgentSide:
    """The agent's voice: it is known before it sounds, and may be cut before it does.

    Args:
        sample_rate: of the recording.
        reported: whether `played` will be called; otherwise all that is said counts as played.
    """

    def __init__(self, sample_rate: int, *, reported: bool) -> None:
        self._side = Side(sample_rate)
        self._rate = sample_rate
        self._reported = reported
        self._ahead: dict[int, deque[Samples]] = {}
        self._taken: dict[int, int] = {}
        self._sounding: deque[Samples] = deque()

    def said(self, frame: AudioFrame) -> None:
        """Take what is on its way to the call."""
        samples = self._side.converted(frame)
        if frame.turn is None or not self._reported:
            self._sounding.append(samples)
        else:
            self._ahead.setdefault(frame.turn, deque()).append(samples)

    def played(self, played: Played) -> None:
        """Learn how much of a turn has sounded; at its end the rest is forgotten."""
        turn = played.turn
        wanted = round(played.seconds * self._rate)
        missing = wanted - self._taken.get(turn, 0)
        self._sounding.extend(_pulled(self._ahead.get(turn, deque()), missing))
        self._taken[turn] = max(wanted, self._taken.get(turn, 0))
        if played.final:
            for old in [each for each in self._ahead if each <= turn]:
                del self._ahead[old]
            for old in [each for each in self._taken if each < turn]:
                del self._taken[old]

    def take(self, samples: int) -> Samples:
        """Return the next samples that sounded, `[samples, 1]`, and silence after them."""
        pieces = _pulled(self._sounding, samples)
        missing = samples - sum(map(len, pieces))
        return np.concatenate([*pieces, np.zeros((missing, 1), np.int16)])


def _pulled(pieces: deque[Samples], samples: int) -> list[Samples]:
    """Take at most so many samples from the front."""
    pulled: list[Samples] = []
    while pieces and samples > 0:
        piece = pieces.popleft()
        if len(piece) > samples:
            pieces.appendleft(piece[samples:])
            piece = piece[:samples]
        pulled.append(piece)
        samples -= len(piece)
    return pulled
