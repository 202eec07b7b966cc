"""Times within a clause: the silence around it, and when its words sound."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.stages.messages import Word

_QUIET: Final = 330
"""Below this (-40 dB) a sample is silence: the tail of an "s" stays above it."""

_LEAD: Final = 0.03
"""Seconds kept before the first sound: a soft onset begins under the threshold."""

_TAIL: Final = 0.18
"""Seconds kept after the last sound: decays, and the breath before the next clause."""


def sounding(samples: NDArray[np.int16]) -> tuple[int, int]:
    """Return the range `[first, last)` of samples that sound; all of them where none does."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _QUIET)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))


def trimmed(samples: NDArray[np.int16], sample_rate: int) -> NDArray[np.int16]:
    """Return `samples` with at most 30 ms of silence before and 180 ms after the sound."""
    first, last = sounding(samples)
    start = max(0, first - round(_LEAD * sample_rate))
    return samples[start : last + round(_TAIL * sample_rate)].copy()


# When the words of a clause sound, for a voice that does not tell: an estimate.
#
# The clause's audio is cut off its leading and trailing silence; what remains is shared out among
# the words by their length in letters (a digit counts as a spoken word of four), with a rest after
# punctuation. Compared with forced alignment such shares are typically within 0.1-0.2 s in the
# middle of a sentence and exact at its ends, which is what "how much of this was heard" needs.

_PAUSES = {",": 3.0, ";": 4.0, ":": 4.0, ".": 6.0, "!": 6.0, "?": 6.0, "…": 6.0}
"""Rest after a word that ends so, in letters."""

_DIGIT = 4.0
_WORD = 1.0
"""What every word costs on top of its letters."""


def estimate(text: str, samples: NDArray[np.int16], sample_rate: int) -> tuple[Word, ...]:
    """Return the words of `text` with seconds from the start of `samples` (int16 `[n]`)."""
    words = text.split()
    if not words:
        return ()
    first, last = sounding(samples)
    start, end = first / sample_rate, last / sample_rate
    lengths = [_length(word) for word in words]
    rests = [_PAUSES.get(word[-1], 0.0) for word in words[:-1]] + [0.0]
    unit = (end - start) / (sum(lengths) + sum(rests))
    timed: list[Word] = []
    at = start
    for word, length, rest in zip(words, lengths, rests, strict=True):
        timed.append(Word(word, round(at, 3), round(at + length * unit, 3)))
        at += (length + rest) * unit
    return tuple(timed)


def _length(word: str) -> float:
    letters = sum(_DIGIT if letter.isdigit() else 1.0 for letter in word if letter.isalnum())
    return _WORD + letters
