"""A limiter: sums that exceed 16 bits get quieter instead of clipped."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels, check_sample_rate

BLOCKS_A_SECOND: Final = 1000
RELEASE: Final = 0.05
"""Seconds in which the gain makes up 63 % of what it lacks to one."""


class Limiter:
    """Keeps a stream under `ceiling` (dBFS), by a gain that is a line through each 1 ms block.

    At the border of two blocks the gain is at most what the louder one bears, so no sample
    exceeds the ceiling; it looks one block ahead, which is the constant `delay`. The result does
    not depend on how the stream is cut. Raises `FormatError` for an impossible rate, channel
    count or ceiling.
    """

    def __init__(self, sample_rate: int, channels: int = 1, ceiling: float = -1.0) -> None:
        if not -60 <= ceiling <= 0:
            raise FormatError(f"The ceiling {ceiling!r} dBFS must lie between -60 and 0.")
        self._block = check_sample_rate(sample_rate) // BLOCKS_A_SECOND
        self._ceiling = 32767 * 10 ** (ceiling / 20)
        self._recovered = 1 - float(np.exp(-self._block / (RELEASE * sample_rate)))
        self._border = 1.0
        self._line = np.zeros((self._block, check_channels(channels)), np.int32)
        self.delay = self._block / sample_rate
        """Seconds by which the output lags the input."""

    def process(self, samples: NDArray[np.int16] | NDArray[np.int32]) -> Samples:
        """Take int16 or int32 `[n, channels]`; return the whole blocks, int16 `[m, channels]`.

        Blocks of 1 ms in give as many out.
        """
        if samples.ndim != 2 or samples.shape[1] != self._line.shape[1]:
            raise FormatError(
                f"Samples have the shape {samples.shape}; this limiter takes "
                f"[n, {self._line.shape[1]}]."
            )
        line = np.concatenate([self._line, samples.astype(np.int32)])
        blocks = len(line) // self._block - 1
        size = max(blocks, 0) * self._block
        self._line = line[size:]
        if not size:
            return np.zeros((0, line.shape[1]), np.int16)
        borders = self._borders(line[: size + self._block].reshape(blocks + 1, -1))
        part = np.arange(1, self._block + 1) / self._block
        gains = borders[:-1, None] + (borders[1:] - borders[:-1])[:, None] * part
        limited = np.rint(line[:size] * gains.reshape(-1, 1))
        # A ceiling between two numbers is kept by the lower one.
        top = int(self._ceiling)
        return np.clip(limited, -top, top).astype(np.int16)

    def _borders(self, blocks: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the gain at the first block's start and at the end of each but the last."""
        peaks = np.maximum(np.abs(blocks.astype(np.int64)).max(axis=1), 1)
        borne = np.minimum(self._ceiling / peaks, 1.0)
        gains = [self._border]
        for limit in np.minimum(borne[:-1], borne[1:]).tolist():
            gains.append(min(limit, gains[-1] + (1 - gains[-1]) * self._recovered))
        self._border = gains[-1]
        return np.array(gains)
