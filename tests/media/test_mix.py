"""Mixing saturates exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import FormatError
from media.mix import mix


def voices(sources, samples, channels, seed):
    random = np.random.default_rng(seed)
    loud = random.choice([-32768, -1, 0, 1, 32767], (sources, samples, channels))
    soft = random.integers(-32768, 32768, loud.shape)
    return np.where(random.random(loud.shape) < 0.5, loud, soft).astype(np.int16)


def exact(total):
    return np.clip(total, -32768, 32767).astype(np.int16)


shapes = st.tuples(st.integers(1, 60), st.integers(1, 50), st.integers(1, 2), st.integers(0, 2**32))


@given(shapes)
def test_a_sum_is_exact_within_16_bits_and_saturates_beyond(shape):
    all_voices = voices(*shape)
    wanted = exact(all_voices.astype(np.int64).sum(axis=0))
    assert np.array_equal(mix(list(all_voices)), wanted)


def test_what_does_not_mix_is_told_in_a_sentence():
    with pytest.raises(FormatError, match="no voice"):
        mix([])
    with pytest.raises(FormatError, match="do not mix"):
        mix([np.zeros((320, 1), np.int16), np.zeros((160, 1), np.int16)])
