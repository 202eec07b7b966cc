"""What was said, in words, where speech recognition is installed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trio
from numpy.typing import NDArray

from actors.stages.ears import moonshine_model
from callboard.cli.caller.report import Utterance
from callboard.cli.caller.speech import Stretch


async def in_words(samples: NDArray[np.int16], stretches: Sequence[Stretch]) -> list[Utterance]:
    """Each stretch with its transcript; without the voice extra there is none."""
    if not moonshine_model.available():
        return [Utterance(each.start, each.end) for each in stretches]
    from actors.stages.ears.moonshine import transcribe  # noqa: PLC0415  (an extra)

    found: list[Utterance] = []
    for each in stretches:
        text = await trio.to_thread.run_sync(transcribe, each.of(samples), abandon_on_cancel=True)
        found.append(Utterance(each.start, each.end, text))
    return found
