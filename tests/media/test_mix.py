"""Mixing saturates exactly; ramps and the limiter have no steps and keep their promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import FormatError
from media.limiter import Limiter
from media.mix import Mixer, mix
from media.ramps import GainRamp


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
    mixer = Mixer(*shape[:3])
    mixer.voices[:] = all_voices
    assert np.array_equal(mix(list(all_voices)), wanted)
    assert np.array_equal(mixer.mix(), wanted)


@given(shapes)
def test_mix_minus_is_the_mix_of_all_others(shape):
    all_voices = voices(*shape)
    mixer = Mixer(*shape[:3])
    mixer.voices[:] = all_voices
    result = mixer.mix_minus()
    for i, heard in enumerate(result):
        others = np.delete(all_voices, i, axis=0).astype(np.int64).sum(axis=0)
        assert np.array_equal(heard, exact(others))
    assert np.array_equal(mixer.voices, all_voices)


def test_what_does_not_mix_is_told_in_a_sentence():
    with pytest.raises(FormatError, match="no voice"):
        mix([])
    with pytest.raises(FormatError, match="do not mix"):
        mix([np.zeros((320, 1), np.int16), np.zeros((160, 1), np.int16)])
    with pytest.raises(FormatError, match="`out` is int16"):
        Mixer(2, 320).mix(np.zeros((1, 1), np.int16))
    with pytest.raises(FormatError, match="both must be 1 or more"):
        Mixer(0, 320)


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: Limiter(16000, ceiling=1.0), "ceiling 1.0 dBFS must lie between -60 and 0"),
        (lambda: Limiter(16000).process(np.zeros((5, 2), np.int16)), r"takes \[n, 1\]"),
        (lambda: GainRamp(16000, -1.0), "gain -1.0 is no factor"),
        (lambda: GainRamp(16000).change(float("nan")), "gain nan is no factor"),
        (lambda: GainRamp(16000, seconds=0), "ramp of 0 s has no sample"),
    ],
)
def test_what_no_gain_can_be_is_told(work, says):
    with pytest.raises(FormatError, match=says):
        work()


def test_a_gain_of_one_is_no_work():
    samples = np.zeros((5, 1), np.int16)
    assert GainRamp(16000).process(samples) is samples


def test_a_ramp_is_a_straight_line_to_the_new_gain():
    ramp = GainRamp(8000, 0.0, seconds=0.01)
    ramp.change(1.0)
    out = ramp.process(np.full((100, 1), 8000, np.int16))[:, 0]
    assert out.tolist() == [*range(100, 8100, 100), *[8000] * 20]
    assert ramp.gain == 1


def test_a_ramp_that_is_changed_on_its_way_goes_on_from_where_it_stands():
    ramp = GainRamp(8000, 0.0, seconds=0.01)
    ramp.change(1.0)
    up = ramp.process(np.full((40, 1), 8000, np.int16))
    ramp.change(0.0)
    down = ramp.process(np.full((80, 1), 8000, np.int16))
    assert up[-1, 0] == 4000
    assert down[:, 0].tolist() == list(range(3950, -50, -50))


@given(st.lists(st.integers(0, 400), max_size=8))
def test_a_ramp_does_not_depend_on_the_cutting(cuts):
    samples = voices(1, 400, 2, 5)[0]
    whole, cut = GainRamp(16000, 0.3), GainRamp(16000, 0.3)
    whole.change(1.7)
    cut.change(1.7)
    parts = [cut.process(piece) for piece in np.split(samples, sorted(cuts))]
    assert np.array_equal(np.concatenate(parts), whole.process(samples))


@given(st.integers(0, 2**32), st.lists(st.integers(0, 4000), max_size=8))
def test_a_limiter_keeps_its_ceiling_however_the_input_is_cut(seed, cuts):
    random = np.random.default_rng(seed)
    samples = (random.normal(0, 30000, (4000, 2)) * random.choice([0.01, 1, 4], (4000, 1))).astype(
        np.int32
    )
    whole = Limiter(16000, 2).process(samples)
    limiter = Limiter(16000, 2)
    parts = [limiter.process(piece) for piece in np.split(samples, sorted(cuts))]
    assert np.abs(whole.astype(int)).max() <= 32767 * 10 ** (-1 / 20)
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_limiter_leaves_what_is_soft_but_for_its_delay():
    limiter = Limiter(48000)
    samples = (np.arange(960) % 1000).astype(np.int16)[:, None]
    out = limiter.process(samples)
    assert limiter.delay == 0.001
    assert np.array_equal(out[48:], samples[:-48])


def test_a_limiter_recovers_after_a_loud_sound():
    limiter = Limiter(16000)
    loud, soft = np.full((1600, 1), 65534, np.int32), np.full((16000, 1), 1000, np.int32)
    limited = limiter.process(loud)
    after = limiter.process(soft)[:, 0].astype(int)
    assert limited[-1, 0] == int(32767 * 10 ** (-1 / 20))
    assert np.all(np.diff(after[32:]) >= 0)
    assert after[32] < 500
    assert after[-1] == 1000
