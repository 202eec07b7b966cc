"""Adding voices, with saturation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels

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
    return _saturated(total, np.empty(first.shape, np.int16))


class Mixer:
    """Mixes `sources` voices of `samples` samples each, in memory made once.

    Each voice is written into its row of `voices`, which is int32 so that the sum needs no
    conversion; a row keeps what it holds until it is written again or cleared. One thread at a
    time. Raises `FormatError` for numbers below one and channels other than 1 or 2.
    """

    def __init__(self, sources: int, samples: int, channels: int = 1) -> None:
        if sources < 1 or samples < 1:
            raise FormatError(f"{sources} sources of {samples} samples: both must be 1 or more.")
        shape = (samples, check_channels(channels))
        self.voices: NDArray[np.int32] = np.zeros((sources, *shape), np.int32)
        """Int32 `[sources, samples, channels]`, of 16-bit values."""
        self._total = np.zeros(shape, np.int32)
        self._rest = np.zeros_like(self.voices)

    def mix(self, out: Samples | None = None) -> Samples:
        """Return the sum of all voices, int16 `[samples, channels]`, in `out` where given."""
        np.add.reduce(self.voices, axis=0, out=self._total)
        return _saturated(self._total, self._out(out, self._total.shape))

    def mix_minus(self, out: Samples | None = None) -> Samples:
        """Return for each source the sum of all others: int16 `[sources, samples, channels]`."""
        np.add.reduce(self.voices, axis=0, out=self._total)
        np.subtract(self._total, self.voices, out=self._rest)
        return _saturated(self._rest, self._out(out, self._rest.shape))

    def _out(self, out: Samples | None, shape: tuple[int, ...]) -> Samples:
        if out is None:
            return np.empty(shape, np.int16)
        if out.shape != shape or out.dtype != np.int16:
            raise FormatError(f"`out` is int16 {shape}; this is {out.dtype} {out.shape}.")
        return out


def _saturated(total: NDArray[np.int32], out: Samples) -> Samples:
    """Clip `total` in place, and put it into `out`."""
    np.maximum(total, _LOWEST, out=total)
    np.minimum(total, _HIGHEST, out=total)
    np.copyto(out, total, casting="unsafe")
    return out
