"""What we say ourselves, as a stream beside the call."""

from __future__ import annotations

from collections import deque

import numpy as np

from actors.devices.channels import with_channels
from media import Samples
from media.resample import Resampler


class Tap:
    """Takes what one's own devices play, and gives it in one format, in real time.

    A device is given its audio up to 0.2 s ahead, so this holds about as much.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._sources: dict[object, tuple[Resampler, deque[Samples]]] = {}

    def put(self, source: object, samples: Samples, sample_rate: int) -> None:
        """Take what a device plays next, int16 `[n, channels]`."""
        entry = self._sources.get(source)
        if entry is None or entry[0].source_rate != sample_rate:
            entry = (Resampler(sample_rate, self.sample_rate), deque[Samples]())
            self._sources[source] = entry
        entry[1].append(entry[0].process(with_channels(samples, 1)))

    def take(self, frames: int) -> Samples:
        """The next samples of all devices, mixed; silence where they play nothing."""
        total = np.zeros((frames, 1), np.int32)
        for _, pieces in self._sources.values():
            at = 0
            while pieces and at < frames:
                piece = pieces.popleft()
                if len(piece) > frames - at:
                    pieces.appendleft(piece[frames - at :])
                    piece = piece[: frames - at]
                total[at : at + len(piece)] += piece
                at += len(piece)
        return np.clip(total, -32768, 32767).astype(np.int16)
