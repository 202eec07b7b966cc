"""One stream from one rate to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels
from media.resample.chunks import Chunks, Floats
from media.resample.design import Quality, design

_INT16: Final[np.dtype[np.generic]] = np.dtype(np.int16)
_FLOAT32: Final[np.dtype[np.generic]] = np.dtype(np.float32)


class Resampler:
    """Converts int16 `[n, channels]` as it comes, in pieces of any length.

    Each whole 20 ms of input, counted from the start, give exactly 20 ms of output; what is no
    whole 20 ms yet waits for the next call. So the output is the same however the input is cut,
    and its delay constant: see `delay`. Raises `FormatError` for rates, channels and qualities
    that there are not. One thread at a time.
    """

    def __init__(
        self, source_rate: int, target_rate: int, channels: int = 1, quality: Quality = "hq"
    ) -> None:
        self.source_rate = source_rate
        self.target_rate = target_rate
        self.channels = check_channels(channels)
        self._design = design(source_rate, target_rate, quality)
        self._same = source_rate == target_rate
        self._chunk, self._outputs = self._design.chunk, self._design.outputs
        self._chunks = Chunks(self._design, channels)
        self._filled = 0
        self._usual = (0, 0) if self._same else (self._chunk, channels)

    @property
    def delay(self) -> float:
        """Seconds by which the output lags the input, constant; the wait for 20 ms is apart."""
        return 0.0 if self._same else self._design.delay

    def process(self, samples: Samples) -> Samples:
        """Take int16 `[n, channels]`; return what is complete, int16 `[m, channels]`."""
        chunks = self._chunks
        # The usual 20 ms, after as many whole ones.
        if samples.shape == self._usual and samples.dtype is _INT16 and not self._filled:
            chunks.turn.input[...] = samples
            chunks.convert()
            return chunks.integers.copy()
        self._check(samples, _INT16)
        if self._same:
            return samples
        out = np.empty((self._ready(samples), self.channels), np.int16)
        for first in self._fill(samples):
            chunks.convert()
            out[first : first + self._outputs] = chunks.integers
        return out

    def process_float(self, samples: Floats) -> Floats:
        """Do the same with float32, neither rounded nor saturated."""
        self._check(samples, _FLOAT32)
        if self._same:
            return samples
        out = np.empty((self._ready(samples), self.channels), np.float32)
        for first in self._fill(samples):
            self._chunks.convert()
            out[first : first + self._outputs] = self._chunks.floats
        return out

    def flush(self) -> Samples:
        """Return the rest, and start anew.

        All output together then lasts as long as the input and the delay, rounded up to a sample.
        """
        if self._same:
            return np.zeros((0, self.channels), np.int16)
        lag = round(self._design.delay * self.source_rate)
        left = -(-(self._filled + lag) * self.target_rate // self.source_rate)
        silence = -(-(self._filled + lag) // self._chunk) * self._chunk - self._filled
        rest = self.process(np.zeros((silence, self.channels), np.int16))[:left]
        self._chunks.clear()
        return rest

    def _ready(self, samples: Samples | Floats) -> int:
        """Return how many samples come out when these have gone in."""
        return (self._filled + len(samples)) // self._chunk * self._outputs

    def _fill(self, samples: Samples | Floats) -> Iterator[int]:
        """Put samples in; yield the place of the output whenever 20 ms are complete."""
        at = first = 0
        while at < len(samples):
            taken = min(self._chunk - self._filled, len(samples) - at)
            place = self._chunks.turn.input[self._filled : self._filled + taken]
            np.copyto(place, samples[at : at + taken])
            at += taken
            self._filled += taken
            if self._filled == self._chunk:
                self._filled = 0
                yield first
                first += self._outputs

    def _check(self, samples: Samples | Floats, wanted: np.dtype[np.generic]) -> None:
        if samples.dtype != wanted:
            raise FormatError(f"Samples are {samples.dtype}; here they must be {wanted}.")
        if samples.ndim != 2 or samples.shape[1] != self.channels:
            raise FormatError(
                f"Samples have the shape {samples.shape}; this resampler takes "
                f"[n, {self.channels}]."
            )
