"""Mixing 50 voices of 20 ms at 16 kHz; one thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media.mix import Mixer, mix

VOICES, SAMPLES = 50, 320


def rows() -> Iterator[Row]:
    noise = np.random.default_rng(0)
    voices = noise.integers(-32768, 32768, (VOICES, SAMPLES, 1)).astype(np.int16)
    mixer = Mixer(VOICES, SAMPLES)
    mixer.voices[:] = voices
    one, all_but_one = mixer.mix(), mixer.mix_minus()
    separate = list(voices)
    taken = interleaved(
        [lambda: mixer.mix(one), lambda: mixer.mix_minus(all_but_one), lambda: mix(separate)],
        calls=200,
    )
    yield Row("mix of 50, preallocated", taken[0], "us", limit=6)
    yield Row("mix-minus for 50, preallocated", taken[1], "us", limit=25)
    yield Row("mix of a list of 50", taken[2], "us")
