"""One stream from one rate to another."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels
from media.resample.design import Quality, design


class Resampler:
    """Converts int16 `[n, channels]` as it comes, in pieces of any length.

    Each whole 20 ms of input gives exactly 20 ms of output; what is no whole block yet waits for
    the next call. The delay is constant and told by `delay`. Raises `FormatError` for rates,
    channels and qualities that there are not.
    """

    def __init__(
        self, source_rate: int, target_rate: int, channels: int = 1, quality: Quality = "hq"
    ) -> None:
        self.source_rate = source_rate
        self.target_rate = target_rate
        self.channels = check_channels(channels)
        self._design = design(source_rate, target_rate, quality)
        self._same = source_rate == target_rate
        self._history = np.zeros((channels, self._design.lead), np.float32)

    @property
    def delay(self) -> float:
        """Seconds from a sample's input to its output."""
        return 0.0 if self._same else self._design.delay

    def process(self, samples: Samples) -> Samples:
        """Take int16 `[n, channels]`; return what is complete, int16 `[m, channels]`."""
        if samples.ndim != 2 or samples.shape[1] != self.channels:
            raise FormatError(
                f"Samples have the shape {samples.shape}; this resampler takes "
                f"[n, {self.channels}]."
            )
        if self._same:
            return samples
        line = np.concatenate([self._history, samples.T.astype(np.float32)], axis=1)
        return self._convert(line)

    def flush(self) -> Samples:
        """Return the rest, followed by as much silence as completes the last block; start anew."""
        if self._same:
            return np.zeros((0, self.channels), np.int16)
        tail = np.zeros((self.channels, len(self._design.matrix)), np.float32)
        out = self._convert(np.concatenate([self._history, tail], axis=1))
        self._history = np.zeros((self.channels, self._design.lead), np.float32)
        return out

    def _convert(self, line: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Samples:
        matrix, step = self._design.matrix, self._design.step
        width, outputs = matrix.shape
        blocks = max((line.shape[1] - width) // step + 1, 0)
        self._history = line[:, blocks * step :].copy()
        if blocks == 0:
            return np.zeros((0, self.channels), np.int16)
        rows, columns = line.strides
        windows = as_strided(
            line, (self.channels, blocks, width), (rows, columns * step, columns), writeable=False
        )
        flat = np.ascontiguousarray(windows).reshape(-1, width) @ matrix
        np.rint(flat, out=flat)
        np.clip(flat, -32768, 32767, out=flat)
        return flat.reshape(self.channels, blocks * outputs).T.astype(np.int16)
