"""The same conversion of many calls at once."""

from __future__ import annotations

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError
from media.resample.filters import Quality, design
from media.resample.resampler import Chunks


class ResamplerBank:
    """Converts 20 ms of each of `streams` mono streams in one call.

    Each stream's output is what a `Resampler` of its own would give, to the last bit but for
    sums that end within a float's precision of one half. Raises `FormatError` for rates, qualities
    and numbers that there are not. One thread at a time.
    """

    def __init__(
        self, source_rate: int, target_rate: int, streams: int, quality: Quality = "hq"
    ) -> None:
        if streams < 1:
            raise FormatError(f"A bank of {streams} streams converts nothing: use 1 or more.")
        self.source_rate = source_rate
        self.target_rate = target_rate
        self.streams = streams
        self._design = design(source_rate, target_rate, quality)
        self._same = source_rate == target_rate
        self._chunks = Chunks(self._design, streams, together=True)

    @property
    def delay(self) -> float:
        """Seconds by which the output lags the input, constant."""
        return 0.0 if self._same else self._design.delay

    def process(self, samples: Samples, out: Samples | None = None) -> Samples:
        """Take int16 `[streams, 20 ms]`; return int16 `[streams, 20 ms]` at the other rate."""
        if samples.shape != (self.streams, self._design.chunk) or samples.dtype != np.int16:
            raise FormatError(
                f"The bank takes int16 [{self.streams}, {self._design.chunk}], 20 ms a stream; "
                f"this is {samples.dtype} of the shape {samples.shape}."
            )
        if out is None:
            out = np.empty((self.streams, self._design.outputs), np.int16)
        elif out.shape != (self.streams, self._design.outputs) or out.dtype != np.int16:
            raise FormatError(
                f"`out` is int16 [{self.streams}, {self._design.outputs}]; this is {out.dtype} "
                f"of the shape {out.shape}."
            )
        if self._same:
            np.copyto(out, samples)
            return out
        np.copyto(self._chunks.turn.input, samples.T)
        self._chunks.convert()
        np.copyto(out, self._chunks.integers.T)
        return out

    def clear(self) -> None:
        """Forget all input: what follows begins with silence."""
        self._chunks.clear()
