"""Adding voices, with saturation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError

_LOWEST: Final = np.int32(-32768)
_HIGHEST: Final = np.int32(32767)


def mix(voices: Sequence[Samples]) -> Samples:
    """Add int16 `[n, channels]` of one shape, saturating at the 16-bit limits.

    A single voice is returned as it is, without a copy. Raises `FormatError` for no voice, another
    type, or shapes that differ.
    """
    if not voices:
        raise FormatError("There is no voice to mix: give one or more.")
    first = voices[0]
    for voice in voices:
        if voice.shape != first.shape or voice.dtype != np.int16:
            raise FormatError(
                f"Voices are int16 of one shape; {first.dtype} {first.shape} and "
                f"{voice.dtype} {voice.shape} do not mix."
            )
    if len(voices) == 1:
        return first
    total = first.astype(np.int32)
    for voice in voices[1:]:
        np.add(total, voice, out=total)
    np.maximum(total, _LOWEST, out=total)
    np.minimum(total, _HIGHEST, out=total)
    return total.astype(np.int16)
