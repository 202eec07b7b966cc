"""Audio of any length and format to frames of 20 ms in one."""

import numpy as np
import pytest

from media import AudioFormat, AudioFrame
from media.framing import Framing


def frame(start: int, n: int, turn: int | None = None, rate: int = 16_000) -> AudioFrame:
    samples = np.arange(start, start + n).astype(np.int16)[:, None]
    return AudioFrame(samples, rate, turn=turn, source="a")


def test_frames_are_20_ms_in_order_with_their_turn_and_source() -> None:
    framing = Framing(AudioFormat(16_000))
    made = [each for start in range(0, 1000, 100) for each in framing.frames(frame(start, 100, 4))]
    assert [len(each) for each in made] == [320] * 3
    assert np.array_equal(np.concatenate([each.samples for each in made])[:, 0], np.arange(960))
    assert {(each.turn, each.source) for each in made} == {(4, "a")}
    (last,) = framing.finish()
    assert last.samples[:41, 0].tolist() == [*range(960, 1000), 0]
    assert list(framing.finish()) == []


def test_an_interrupted_turn_is_forgotten_and_a_later_one_and_live_audio_are_not() -> None:
    framing = Framing(AudioFormat(16_000))
    for turn, interrupted, left in ((1, 1, 0), (1, 2, 0), (2, 1, 1), (None, 5, 1)):
        list(framing.frames(frame(0, 100, turn)))
        framing.forget(interrupted)
        assert len(list(framing.finish())) == left


@pytest.mark.parametrize(("rate", "target"), [(8_000, 48_000), (44_100, 48_000), (24_000, 16_000)])
def test_another_rate_is_converted_and_nothing_is_held_back_at_the_end(rate, target) -> None:
    framing = Framing(AudioFormat(target, 2))
    seconds = 0.5
    source = AudioFrame(np.full((round(seconds * rate), 1), 1000, np.int16), rate)
    made = [*framing.frames(source), *framing.finish()]
    samples = np.concatenate([each.samples for each in made])
    assert {each.sample_rate for each in made} == {target}
    assert samples.shape[1] == 2
    loud = np.flatnonzero(samples[:, 0] > 500)
    assert loud[-1] - loud[0] == pytest.approx(seconds * target, abs=0.002 * target)


def test_a_change_of_rate_ends_what_was_begun() -> None:
    framing = Framing(AudioFormat(16_000))
    list(framing.frames(frame(1, 100)))
    made = list(framing.frames(frame(1, 480, rate=48_000)))
    assert made[0].samples[:100, 0].tolist() == list(range(1, 101))


def test_a_turn_that_is_resampled_is_not_followed_by_silence_of_the_filter() -> None:
    framing = Framing(AudioFormat(24_000))
    tone = np.full((320, 1), 1000, np.int16)
    first = [*framing.frames(AudioFrame(tone, 16_000, 0, 1)), *framing.finish()]
    second = [*framing.frames(AudioFrame(tone, 16_000, 0, 2)), *framing.finish(), *framing.finish()]
    assert [frame.turn for frame in first] == [1, 1]  # 20 ms and the filter's delay
    assert [frame.turn for frame in second] == [2, 2]
