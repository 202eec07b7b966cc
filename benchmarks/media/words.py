"""Words that were understood: errors of a transcript, and how sure their share is."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

_RESAMPLED: Final = 2000


def plain(text: str) -> list[str]:
    """Return lower-case words without punctuation; titles and numbers as they are spoken."""
    text = text.lower().replace("mr.", "mister").replace("-", " ")
    return re.sub(r"[^a-z0-9' ]", "", text).split()


def distance(spoken: list[str], heard: list[str]) -> int:
    """Return Levenshtein's distance in words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]


@attrs.frozen
class Score:
    """Errors in each hearing (row) of each utterance (column), and the utterances' words."""

    errors: NDArray[np.int64]
    words: NDArray[np.int64]

    @property
    def rate(self) -> float:
        """Word errors in per cent."""
        return 100 * float(self.errors.sum()) / (len(self.errors) * float(self.words.sum()))

    def of(self, first: int, last: int) -> Score:
        """Return the score of some of the utterances."""
        return Score(self.errors[:, first:last], self.words[first:last])

    def over(self, clean: Score) -> tuple[float, float, float]:
        """Return how many points more than `clean` these are, and the interval of 95 %.

        Bootstrap (Efron) over what decides: which sentences were said, and which packets lost. Both
        scores are of the same utterances, so a sentence that is hard anyway counts in neither.
        """
        chance = random.Random(0)
        usual = clean.errors.mean(axis=0)
        more = self.errors - usual
        hearings, utterances = self.errors.shape
        found: list[float] = []
        for _ in range(_RESAMPLED):
            rows = chance.choices(range(hearings), k=hearings)
            columns = chance.choices(range(utterances), k=utterances)
            total = more[rows][:, columns].mean(axis=0).sum()
            found.append(100 * float(total) / float(self.words[columns].sum()))
        low, high = np.percentile(found, (2.5, 97.5))
        return 100 * float(more.mean(axis=0).sum()) / float(self.words.sum()), low, high


def scored(heard: Sequence[Sequence[str]], spoken: Sequence[str]) -> Score:
    """Compare what was understood in each hearing with what was spoken, utterance by utterance."""
    texts = [plain(text) for text in spoken]
    errors = [
        [distance(text, plain(found)) for text, found in zip(texts, each, strict=True)]
        for each in heard
    ]
    return Score(np.array(errors), np.array([len(text) for text in texts]))
