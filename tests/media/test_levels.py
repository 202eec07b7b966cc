"""Levels of known signals."""

import numpy as np
import pytest

from media.levels import dbfs, rms


def sine(amplitude, seconds=1.0, rate=16000):
    line = amplitude * np.sin(2 * np.pi * 400 * np.arange(round(rate * seconds)) / rate)
    return np.rint(line).astype(np.int16)[:, None]


def test_a_sine_at_full_scale_has_3_db_less():
    assert dbfs(sine(32767)) == pytest.approx(-3.01, abs=0.01)
    assert rms(sine(16384)) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("samples", [np.zeros((320, 1), np.int16), np.zeros((0, 1), np.int16)])
def test_silence_and_nothing_are_at_the_bottom(samples):
    assert (rms(samples), dbfs(samples)) == (0, -127)
