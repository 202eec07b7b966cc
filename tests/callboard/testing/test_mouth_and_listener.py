"""A mouth says things at their moment, and a listener tells the moment again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.testing.far_side import Listener
from callboard.testing.person import FRAME, RATE, SILENCE, MicrophonePickup
from callboard.testing.synthetic import synthesize
from callboard.testing.timeline import Heard


def listen_to(mouth: MicrophonePickup, seconds: float) -> Listener:
    listener = Listener("Bob", RATE)
    for index in range(round(seconds * 50)):
        listener.play(np.frombuffer(mouth.frame(index), "<i2"), index * 0.02)
    return listener


def test_nothing_said_is_silence() -> None:
    assert MicrophonePickup().frame(7) == SILENCE
    assert listen_to(MicrophonePickup(), 1.0).heard() == []


def test_speaking_takes_60_ms_a_letter() -> None:
    assert MicrophonePickup().speak(synthesize("hello"), 1.0) == pytest.approx(1.3)


@given(at=st.integers(0, 500).map(lambda ms: ms / 1000), text=st.sampled_from(["hi", "Hello, you"]))
def test_what_is_said_is_heard_at_the_same_millisecond(at: float, text: str) -> None:
    mouth = MicrophonePickup()
    end = mouth.speak(synthesize(text), at)
    (heard,) = listen_to(mouth, 2.0).heard()
    assert heard.text == text
    assert at <= heard.at <= at + 0.001
    assert end - 0.001 <= heard.end <= end


def test_a_pause_of_over_100_ms_separates_and_a_shorter_one_does_not() -> None:
    mouth = MicrophonePickup()
    for text, at in (("one", 0.5), ("two", 0.76), ("three", 1.1)):
        mouth.speak(synthesize(text), at)
    assert [heard.text for heard in listen_to(mouth, 2.0).heard()] == ["onetwo", "three"]


def test_sounds_that_overlap_are_added_and_saturate() -> None:
    mouth = MicrophonePickup()
    mouth.speak(np.full(FRAME, 30000, np.int16), 0.0)
    mouth.speak(np.full(FRAME, 10000, np.int16), 0.01)
    first = np.frombuffer(mouth.frame(0), "<i2")
    assert (first[0], first[-1]) == (30000, 32767)
    assert np.frombuffer(mouth.frame(1), "<i2")[0] == 10000


def test_a_recording_holds_every_sample_at_its_place() -> None:
    mouth = MicrophonePickup()
    mouth.speak(synthesize("hi"), 0.4)
    recording = listen_to(mouth, 1.0).recording(0.5)
    assert len(recording) == 8000
    assert not recording[:6400].any()
    assert np.array_equal(recording[6400:], synthesize("hi")[:1600])


def test_sound_without_letters_is_heard_without_text() -> None:
    listener = Listener("Bob", RATE)
    listener.play(np.full(FRAME, 1000, np.int16), 3.0)
    assert listener.heard() == [Heard(3.0, 3.02, "Bob", "")]
