"""Where somebody speaks in a recording, and where the sound breaks off."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from callboard.cli.caller.tape import RATE

_BLOCK: Final = RATE // 100
"""10 ms: the resolution of all times here."""

_QUIET: Final = -50.0
"""dBFS under which nobody speaks, however quiet the rest is."""

_OVER_NOISE: Final = 12.0
"""dB by which speech stands out of a recording's own noise."""

_JOINED: Final = 0.5
"""Seconds: shorter pauses are part of one utterance."""

_SHORTEST: Final = 0.08
"""Seconds: shorter sounds are clicks."""

_HOLE: Final = 0.04
"""Seconds of digital silence that can be a hole."""

_CUT: Final = -40.0
"""dBFS next to a hole: sound that was cut off there, or breaks in. A voice that pauses fades."""


@attrs.frozen
class Stretch:
    """A stretch of a recording, in seconds from its start."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    def of(self, samples: NDArray[np.int16], margin: float = 0.1) -> NDArray[np.int16]:
        """The samples of this stretch, with a margin on both sides."""
        start = max(0, round((self.start - margin) * RATE))
        return samples[start : round((self.end + margin) * RATE)]


def utterances(samples: NDArray[np.int16]) -> list[Stretch]:
    """Where somebody speaks in int16 `[n]` at 16 kHz, by the level of blocks of 10 ms."""
    levels = _levels(samples)
    if not len(levels):
        return []
    sounding = levels[levels > -90.0]
    floor = float(np.percentile(sounding, 10)) if len(sounding) else -90.0
    loudest = float(levels.max())
    # Between the noise and the voice, whatever the distance of the two.
    threshold = max(_QUIET, min(floor + _OVER_NOISE, loudest - 20.0))
    return _joined(_runs(levels >= threshold))


def gaps(samples: NDArray[np.int16], within: list[Stretch]) -> list[Stretch]:
    """Holes in speech: digital silence, with sound that was cut off on at least one of its sides.

    A voice's own pause between two clauses may be digital silence too; there the sound fades.
    """
    levels = _levels(samples)
    found: list[Stretch] = []
    for hole in _runs(_peaks(samples) <= 1):
        if hole.duration < _HOLE:
            continue
        if not any(whole.start < hole.start and hole.end < whole.end for whole in within):
            continue
        before, after = round(hole.start * 100) - 1, round(hole.end * 100)
        if max(levels[before], levels[after]) >= _CUT:
            found.append(hole)
    return found


def pauses(samples: NDArray[np.int16], within: list[Stretch]) -> list[Stretch]:
    """All pauses in speech, whoever made them: quieter than `utterances` takes for speech."""
    return [
        each
        for each in _runs(_levels(samples) < _QUIET)
        if any(whole.start < each.start and each.end < whole.end for whole in within)
    ]


def _blocks(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    whole = len(samples) - len(samples) % _BLOCK
    return samples[:whole].astype(np.float64).reshape(-1, _BLOCK)


def _levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """dBFS of each block."""
    power = np.mean(np.square(_blocks(samples) / 32768.0), axis=1)
    return 10 * np.log10(np.maximum(power, 1e-12))


def _peaks(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    return np.abs(_blocks(samples)).max(axis=1, initial=0.0)


def _runs(true: NDArray[np.bool_]) -> list[Stretch]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False])).astype(np.int8)))
    return [
        Stretch(int(start) * _BLOCK / RATE, int(end) * _BLOCK / RATE)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _joined(runs: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for run in runs:
        if joined and run.start - joined[-1].end < _JOINED:
            joined[-1] = Stretch(joined[-1].start, run.end)
        else:
            joined.append(run)
    return [each for each in joined if each.duration >= _SHORTEST]
