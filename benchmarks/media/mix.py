"""Mixing 50 voices of 20 ms at 16 kHz; one thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media.mix import mix

VOICES, SAMPLES = 50, 320


def rows() -> Iterator[Row]:
    noise = np.random.default_rng(0)
    voices = list(noise.integers(-32768, 32768, (VOICES, SAMPLES, 1)).astype(np.int16))
    (taken,) = interleaved([lambda: mix(voices)], calls=200)
    yield Row("mix of a list of 50", taken, "us")
