"""Levels of known signals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.levels import dbfs, dbfs_each, peak, peak_each, rms, rms_each, speech_dbfs


def sine(amplitude, seconds=1.0, rate=16000):
    line = amplitude * np.sin(2 * np.pi * 400 * np.arange(round(rate * seconds)) / rate)
    return np.rint(line).astype(np.int16)[:, None]


def test_a_sine_at_full_scale_has_3_db_less():
    assert dbfs(sine(32767)) == pytest.approx(-3.01, abs=0.01)
    assert rms(sine(16384)) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)
    assert peak(sine(16384)) == 0.5


def test_the_most_negative_sample_is_full_scale():
    assert peak(np.array([[-32768]], np.int16)) == 1
    assert peak_each(np.array([[-32768, 0], [1, 2]], np.int16)).tolist() == [1, 2 / 32768]


@pytest.mark.parametrize("samples", [np.zeros((320, 1), np.int16), np.zeros((0, 1), np.int16)])
def test_silence_and_nothing_are_at_the_bottom(samples):
    assert (rms(samples), peak(samples), dbfs(samples)) == (0, 0, -127)
    assert speech_dbfs(samples, 16000) == -127


@given(st.integers(1, 8), st.integers(0, 400), st.integers(0, 2**32))
def test_the_forms_for_many_agree_with_the_form_for_one(streams, count, seed):
    batch = np.random.default_rng(seed).integers(-32768, 32768, (streams, count)).astype(np.int16)
    rows = [row[:, None] for row in batch]
    assert rms_each(batch) == pytest.approx([rms(row) for row in rows], rel=1e-5)
    assert peak_each(batch).tolist() == [peak(row) for row in rows]
    assert dbfs_each(batch) == pytest.approx([dbfs(row) for row in rows], abs=1e-3)


def test_pauses_do_not_make_speech_quieter():
    speech, pause = sine(8000), sine(40, seconds=3)
    assert dbfs(np.concatenate([pause, speech])) == pytest.approx(dbfs(speech) - 6.02, abs=0.02)
    assert speech_dbfs(np.concatenate([pause, speech]), 16000) == pytest.approx(
        dbfs(speech), abs=0.01
    )
