"""Rate conversion: exact lengths, one delay, no dependence on cutting, a clean spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import FormatError
from media.resample import Resampler
from media.resample.filters import SINGLE_THREADED, STOPS, design
from media.resample.resampler import Chunks

RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
PAIRS = [(a, b) for a in RATES for b in RATES if a != b]
QUALITIES = sorted(STOPS)


def noise(count, channels, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(-32768, 32768, (count, channels)).astype(np.int16)


def through(resampler, pieces):
    return np.concatenate([*(resampler.process(piece) for piece in pieces), resampler.flush()])


def sine(frequency, rate, seconds=1.0, delay=0.0):
    return np.sin(2 * np.pi * frequency * (np.arange(round(rate * seconds)) / rate - delay))


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(PAIRS),
    st.sampled_from(QUALITIES),
    st.integers(1, 2),
    st.integers(0, 5000),
    st.lists(st.integers(0, 5000), max_size=12),
)
def test_the_output_is_the_same_however_the_input_is_cut(pair, quality, channels, count, cuts):
    samples = noise(count, channels)
    whole = through(Resampler(*pair, channels, quality), [samples])
    pieces = np.split(samples, sorted(min(cut, count) for cut in cuts))
    cut = through(Resampler(*pair, channels, quality), pieces)
    assert np.array_equal(whole, cut)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_each_20_ms_in_give_20_ms_out(source, target):
    resampler = Resampler(source, target)
    for seed in range(10):
        out = resampler.process(noise(source // 50, 1, seed))
        assert out.shape == (target // 50, 1)


def unrounded(source, target, quality, line):
    """Resample without the last step to 16 bits."""
    chunks = Chunks(design(source, target, quality), 1)
    out = []
    for piece in line.reshape(-1, source // 50):
        chunks.turn.input[:, 0] = piece
        chunks.convert()
        out.append(chunks.floats[:, 0].copy())
    return np.concatenate(out).astype(float)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_tone_comes_out_late_by_the_delay_and_clean_to_110_db(source, target, quality):
    resampler = Resampler(source, target, 1, quality)
    out = unrounded(source, target, quality, sine(997, source))
    wanted = sine(997, target, delay=resampler.delay)[: len(out)]
    settled = slice(len(out) // 4, None)
    error = np.mean((out[settled] - wanted[settled]) ** 2) / 0.5
    # What differs from the delayed tone: its gain (by 0.01 dB), its phase, distortion and noise.
    assert 10 * np.log10(error) <= -58.7
    basis = np.stack([np.sin(a := 2 * np.pi * 997 * np.arange(len(out)) / target), np.cos(a)], 1)
    fit = basis[settled] @ np.linalg.lstsq(basis[settled], out[settled], rcond=None)[0]
    assert 10 * np.log10(np.mean((out[settled] - fit) ** 2) / 0.5) <= -110


def response(source, target, quality):
    """Return frequencies (of the lower Nyquist) and dB of the filter as it is in the matrix."""
    plan = design(source, target, quality)
    up, down = (rate // np.gcd(source, target) for rate in (target, source))
    first = plan.lead - round(plan.delay * source)
    taps = {}
    for (part, i, j), weight in np.ndenumerate(plan.matrices):
        output, input_ = part * plan.matrices.shape[2] + j, part * plan.advance + i
        taps[output * down - (input_ - first) * up] = float(weight)
    low = min(taps)
    line = np.zeros(max(taps) - low + 1)
    for place, weight in taps.items():
        line[place - low] = weight
    spectrum = np.abs(np.fft.rfft(line / up, 1 << 20))
    frequency = np.linspace(0, 0.5, len(spectrum)) * 2 * max(up, down)
    return frequency, 20 * np.log10(np.maximum(spectrum, 1e-12))


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize(
    ("source", "target"),
    [(48000, 16000), (16000, 48000), (48000, 8000), (8000, 24000), (44100, 48000)],
)
def test_the_pass_band_is_flat_to_a_hundredth_and_the_stop_band_110_db_down(
    source, target, quality
):
    frequency, level = response(source, target, quality)
    assert np.abs(level[frequency <= 0.9]).max() <= 0.01
    assert level[frequency >= STOPS[quality]].max() <= -110


@pytest.mark.parametrize("pair", [(48000, 16000), (48000, 8000), (22050, 48000), (24000, 44100)])
def test_stereo_channels_do_not_mix(pair):
    stereo = noise(4800, 2)
    both = through(Resampler(*pair, 2), [stereo])
    for channel in (0, 1):
        one = through(Resampler(*pair, 1), [stereo[:, channel : channel + 1]])
        assert np.array_equal(both[:, channel : channel + 1], one)


def test_a_square_wave_at_full_scale_saturates_instead_of_wrapping():
    square = np.repeat(np.array([32767, -32768] * 50, np.int16), 40)[:, None]
    out = through(Resampler(8000, 48000), [square])
    middle = out[6000:-6000, 0].astype(int)
    assert middle.max() == 32767
    assert middle.min() == -32768
    assert np.abs(np.diff(middle)).max() < 32768


def test_after_flush_it_begins_anew_and_nothing_of_the_tail_is_lost():
    resampler = Resampler(48000, 16000)
    samples = noise(5000, 1)
    first = through(resampler, [samples])
    assert len(first) == -(-(5000 + round(resampler.delay * 48000)) // 3)
    assert np.array_equal(first, through(resampler, [samples]))


def test_equal_rates_pass_through():
    samples = noise(123, 2)
    resampler = Resampler(16000, 16000, 2)
    assert resampler.delay == 0
    assert np.array_equal(through(resampler, [samples]), samples)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_no_product_is_large_enough_to_wake_other_threads(source, target, quality):
    plan = design(source, target, quality)
    assert plan.product == 1 or plan.product * plan.matrices[0].size <= SINGLE_THREADED
    assert plan.padded % plan.product == 0


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: Resampler(48000, 11025), "sample rate 11025"),
        (lambda: Resampler(48000, 16000, 3), "3 channels"),
        (lambda: Resampler(48000, 16000, 1, "best"), "quality is 'best'"),
        (lambda: Resampler(48000, 16000).process(noise(960, 2)), r"takes \[n, 1\]"),
        (lambda: Resampler(48000, 16000).process(np.zeros((960, 1))), "float64"),
    ],
)
def test_what_cannot_be_converted_is_told_in_a_sentence(work, says):
    with pytest.raises(FormatError, match=says):
        work()
