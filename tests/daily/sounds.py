"""What of a sound was heard, piece by piece: a busy machine tears some, a fault tears all."""

from __future__ import annotations

import itertools
from statistics import median

import attrs
import numpy as np
from numpy.typing import NDArray

RATE = 16000
PIECE = RATE // 10
ALIKE = 0.9
"""The correlation from which on a piece is that piece."""

STALL = RATE
"""Samples by which a piece may be late, and still belong to the same rendering."""


@attrs.frozen
class Found:
    """Pieces of what was said that were heard whole, in the order in which they were said.

    Attributes:
        of: how many pieces were said.
        places: of those that were found, which one it is, and where in samples.
    """

    of: int
    places: tuple[tuple[int, int], ...]

    @property
    def share(self) -> float:
        """How much of what was said arrived whole and in order, 0 to 1."""
        return len(self.places) / self.of

    @property
    def pace(self) -> float:
        """Time it took against its own, where it arrived whole: the median of neighbours."""
        neighbours = itertools.pairwise(self.places)
        return median((b - a) / PIECE for (one, a), (two, b) in neighbours if two == one + 1)


def find(said: NDArray[np.int16], heard: NDArray[np.int16]) -> Found:
    """Look for each tenth of a second of speech at 16 kHz, and keep the longest row in order.

    The pieces begin and end in the middle of what is written 100 ms at a time: a gap, a click or
    a repetition between two writes tears every one of them.
    """
    starts = range(PIECE // 2, len(said) - PIECE + 1, PIECE)
    candidates = [
        (number, int(place))
        for number, start in enumerate(starts)
        for place in _places(said[start : start + PIECE], heard)
    ]
    # The longest row that ends with each candidate, and the one before it in that row.
    rows: list[tuple[int, int | None]] = []
    for number, place in candidates:
        best: tuple[int, int | None] = (1, None)
        for other, (before, at) in enumerate(candidates[: len(rows)]):
            # Neither may overlap, but for what a jitter buffer that catches up leaves out.
            late = (place - at) - (number - before) * PIECE
            if before < number and place - at >= 0.8 * PIECE and late <= STALL:
                best = max(best, (rows[other][0] + 1, other), key=lambda row: row[0])
        rows.append(best)
    found: list[tuple[int, int]] = []
    last = max(range(len(rows)), key=lambda row: rows[row][0], default=None)
    while last is not None:
        found.append(candidates[last])
        last = rows[last][1]
    return Found(len(starts), tuple(reversed(found)))


def _places(piece: NDArray[np.int16], heard: NDArray[np.int16]) -> NDArray[np.intp]:
    """Where a piece stands: the peaks of the normalized cross-correlation."""
    if len(heard) < len(piece):
        return np.empty(0, np.intp)
    a, b = piece.astype(np.float64), heard.astype(np.float64)
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    total = np.concatenate(([0.0], np.cumsum(b * b)))
    energy = total[len(a) :] - total[: -len(a)]
    # What is all but silent is like nothing.
    likeness = product[: len(energy)] / np.sqrt(np.maximum(energy, 1e6) * np.sum(a * a))
    around = np.pad(likeness, 1, constant_values=-1.0)
    return np.flatnonzero((likeness >= ALIKE) & (likeness >= around[:-2]) & (likeness > around[2:]))


def check_speech(said: NDArray[np.int16], heard: NDArray[np.int16]) -> None:
    """It is what was said, in its order and at its own pace, but for what a stall has torn."""
    found = find(said, heard)
    assert found.share >= 2 / 3, found
    assert 0.95 <= found.pace <= 1.1, found


def tone(hertz: float, seconds: float, rate: int = RATE) -> NDArray[np.int16]:
    """A sine at a quarter of full scale."""
    at = np.arange(round(seconds * rate)) / rate
    return (8192 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def seconds_of(hertz: float, pcm: bytes, rate: int = RATE) -> float:
    """How many seconds of the tone above stand in PCM.

    Windows of 50 ms are measured each for itself: a jitter buffer may shift what follows.
    """
    samples = np.frombuffer(pcm, np.int16) / 8192
    window = rate // 20
    windows = samples[: len(samples) // window * window].reshape(-1, window)
    probe = np.exp(-2j * np.pi * hertz * np.arange(window) / rate)
    return float(np.sum(2 * np.abs(windows @ probe)) / rate)
