"""Adding voices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError


def mix(voices: Sequence[Samples]) -> Samples:
    """Add int16 `[n, channels]` of one shape, saturating at the 16-bit limits."""
    if not voices:
        raise FormatError("There is no voice to mix: give one or more.")
    first = voices[0]
    for voice in voices:
        if voice.shape != first.shape:
            raise FormatError(
                f"Voices of the shapes {first.shape} and {voice.shape} do not mix: cut them alike."
            )
    if len(voices) == 1:
        return first
    total = first.astype(np.int32)
    for voice in voices[1:]:
        total += voice
    return np.clip(total, -32768, 32767).astype(np.int16)
