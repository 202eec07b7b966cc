"""What was said, in words, where speech recognition is installed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from actors.stages.ears import moonshine_model
from callboard.cli.caller.report import Utterance
from callboard.cli.caller.speech import Stretch
from runtime.threads import in_worker_thread


async def in_words(samples: NDArray[np.int16], stretches: Sequence[Stretch]) -> list[Utterance]:
    """Each stretch with its transcript; without the voice extra there is none."""
    if not moonshine_model.available():
        return without_words(stretches)
    from actors.stages.ears.moonshine import transcribe  # noqa: PLC0415  (an extra)

    found: list[Utterance] = []
    for each in stretches:
        text = await in_worker_thread(transcribe, each.of(samples))
        found.append(Utterance(each.start, each.end, text))
    return found


def without_words(stretches: Sequence[Stretch]) -> list[Utterance]:
    """Each stretch, and nothing of what was said in it."""
    return [Utterance(each.start, each.end) for each in stretches]
