"""Stretching takes or repeats whole periods; a hole is a guess that fades into the background."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import voice

from media.errors import OpusError
from media.jitter.concealment import BackgroundNoise, Concealment
from media.jitter.stretch import LONGEST_LAG, OVERLAP, Stretcher

RATE = 16000


def tone(frequency, seconds, rate=RATE, channels=1):
    wave = 8000 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.repeat(np.rint(wave).astype(np.int16)[:, None], channels, axis=1)


def noise(count, seed=0, scale=3000):
    return (np.random.default_rng(seed).standard_normal((count, 1)) * scale).astype(np.int16)


def bend(audio):
    return int(np.abs(np.diff(audio.astype(int), 2, axis=0)).max())


def pitch(samples, rate=RATE):
    line = samples[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(line * np.hanning(len(line)), 1 << 18))
    return float(spectrum.argmax()) * rate / (1 << 18)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frequency", [80, 133, 200, 310])
def test_a_tone_stays_the_same_tone_shorter_or_longer_by_whole_periods(rate, channels, frequency):
    stretcher = Stretcher(rate)
    samples = tone(frequency, 0.06, rate, channels)
    most = round(LONGEST_LAG * rate)
    for changed in (
        stretcher.shorten(samples, most, 0.75),
        stretcher.lengthen(samples, most, 0.75),
    ):
        periods = abs(len(samples) - len(changed)) * frequency / rate
        assert round(periods) >= 1
        # The search steps by an eighth of a millisecond.
        assert abs(periods - round(periods)) <= frequency / 8000 + 0.01
        assert bend(changed) <= 1.3 * bend(samples) + 2
        assert pitch(changed, rate) == pytest.approx(frequency, rel=0.1)
        assert changed.dtype == np.int16
        assert changed.shape[1] == channels


@given(
    st.integers(100, 1200), st.integers(0, 500), st.floats(0, 1), st.integers(0, 99), st.booleans()
)
def test_a_change_is_within_its_bounds_and_touches_neither_end(n, most, likeness, seed, shorter):
    stretcher = Stretcher(RATE)
    samples = noise(n, seed) if seed % 2 else voice(n / RATE, seed)
    changed = (stretcher.shorten if shorter else stretcher.lengthen)(samples, most, likeness)
    difference = len(samples) - len(changed) if shorter else len(changed) - len(samples)
    assert 0 <= difference <= min(most, LONGEST_LAG * RATE)
    if difference:
        assert abs(int(changed[0, 0]) - int(samples[0, 0])) <= 40
        tail = n - difference - stretcher.overlap if shorter else n - stretcher.overlap
        assert np.array_equal(changed[len(changed) - tail :], samples[n - tail :])


def test_noise_is_left_alone_unless_there_is_a_hurry():
    stretcher = Stretcher(RATE)
    samples = noise(800)
    assert stretcher.shorten(samples, 320, 0.9) is samples
    assert len(stretcher.shorten(samples, 320, 0.0)) < 800


def test_near_silence_is_cut_by_all_that_is_wanted():
    samples = noise(800, scale=2)
    assert len(Stretcher(RATE).shorten(samples, 300, 0.9)) == 500
    assert len(Stretcher(RATE).lengthen(samples, 300, 0.9)) == 1100


def test_a_cross_fade_is_as_long_as_promised():
    assert Stretcher(RATE).overlap == OVERLAP * RATE == 80


class Constant:
    """A decoder that guesses 1000 for ever."""

    sample_rate = RATE
    channels = 1
    clock_rate = RATE

    def conceal(self, samples):
        return np.full((samples, 1), 1000, np.int16)


def test_a_guess_holds_for_60_ms_fades_for_100_and_ends_in_the_background():
    concealment = Concealment(Constant())
    hole = np.concatenate([concealment.fill(320) for _ in range(12)])[:, 0]
    assert (hole[:960] == 1000).all()
    assert np.abs(hole[960:2560] - 1000 * (1 - np.arange(1600) / 1600)).max() <= 1
    assert not hole[2560:].any()  # nothing was heard before: the background is silence
    risen = concealment.end(np.full((320, 1), 1000, np.int16))[:, 0]
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(80) + 0.5) / 80)
    assert np.abs(risen[:80] - 1000 * rise).max() <= 1
    assert (risen[80:] == 1000).all()


@pytest.mark.parametrize("hole", [30, 50, 61, 100, 159, 170, 400])
def test_a_hole_of_any_length_ends_without_a_click(hole):
    concealment = Concealment(Constant())
    filled = np.concatenate([concealment.fill(16) for _ in range(hole)])
    heard = np.concatenate((filled, concealment.end(np.full((320, 1), 1000, np.int16))))
    assert np.abs(np.diff(heard[:, 0])).max() <= 1000 * np.pi / 2 / 80 + 1


class Counting(Constant):
    """A decoder that guesses 10 ms at a time, as Opus's voice mode does: 1, 2, 3 ..."""

    def __init__(self):
        self.made = 0

    def conceal(self, samples):
        assert samples % 160 == 0
        self.made += samples
        return np.arange(self.made - samples + 1, self.made + 1, dtype=np.int16)[:, None]


def test_a_guess_is_made_10_ms_at_a_time_and_none_of_it_is_left_out():
    concealment = Concealment(Counting())
    hole = np.concatenate([concealment.fill(samples) for samples in (290, 30, 1, 319, 7)])
    assert np.array_equal(hole[:, 0], np.arange(1, 648))
    concealment.end(noise(320))
    assert concealment.fill(1) == 801  # the next hole begins where the decoder has come to


def test_a_decoder_that_cannot_guess_leaves_silence():
    class Helpless(Constant):
        def conceal(self, samples):
            raise OpusError("no")

    assert not Concealment(Helpless()).fill(320).any()


def test_what_goes_on_without_a_click_is_left_as_it_is():
    samples = tone(200, 0.05)
    before, after = samples[:420], samples[420:]
    assert Stretcher(RATE).join(before, after) is after
    concealment = Concealment(Constant())
    concealment.fill(960)
    level = np.full((320, 1), 1000, np.int16)
    assert concealment.end(level) is level
    assert (concealment.fill(960) == 1000).all()  # the next hole begins anew


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frequency", [80, 133, 440, 1000])
@pytest.mark.parametrize("part", [0.25, 0.5, 0.75])
def test_a_tone_is_joined_to_itself_at_any_part_of_its_period(rate, channels, frequency, part):
    samples = tone(frequency, 0.1, rate, channels)
    before, skipped = samples[: rate // 40 + 1], round(part * rate / frequency)
    after = samples[len(before) + skipped :][: rate // 50]
    joined = np.concatenate((before, Stretcher(rate).join(before, after)))
    assert bend(np.concatenate((before, after))) > 3 * bend(samples)
    assert bend(joined) <= 1.25 * bend(samples) + 30
    assert np.array_equal(joined[len(before) + rate // 200 :], after[rate // 200 :])


def test_a_join_keeps_loudness_within_16_bits():
    before = np.full((401, 1), 32767, np.int16)
    before[-30:] = -32768
    joined = Stretcher(RATE).join(before, np.full((320, 1), 32767, np.int16))
    assert (joined[80:] == 32767).all()
    assert np.abs(np.diff(joined[:, 0].astype(int))).max() < 3000


@given(st.integers(0, 420), st.integers(0, 400), st.integers(1, 2), st.integers(0, 99))
def test_a_join_changes_5_ms_at_most_whatever_it_joins(past, n, channels, seed):
    before, after = (np.repeat(noise(k, seed + k), channels, axis=1) for k in (past, n))
    joined = Stretcher(RATE).join(before, after)
    assert joined.shape == after.shape
    assert joined.dtype == np.int16
    assert np.array_equal(joined[80:], after[80:])


def test_the_background_is_as_loud_as_the_quietest_packets_of_the_last_three_seconds():
    background = BackgroundNoise(1)
    for level in [3000, 200, 50, 800] * 5:
        for _ in range(3):
            background.hear(noise(320, scale=level))
    piece = np.concatenate([background.take(320) for _ in range(50)])
    assert np.std(piece) == pytest.approx(50, rel=0.1)
    for _ in range(150):
        background.hear(noise(320, scale=20))
    assert np.std(background.take(3200)) == pytest.approx(20, rel=0.1)


def test_music_is_no_background_and_digital_silence_stays_silent():
    background = BackgroundNoise(2)
    background.hear(tone(440, 0.02, channels=2))
    assert np.std(background.take(3200)) < 70
    for _ in range(3):
        background.hear(np.zeros((320, 2), np.int16))
    assert not background.take(3200).any()
    assert background.take(17).shape == (17, 2)


def test_no_piece_of_background_follows_itself():
    background = BackgroundNoise(1)
    background.hear(noise(320))
    pieces = [background.take(320).tobytes() for _ in range(100)]
    assert len(set(pieces)) == 100
