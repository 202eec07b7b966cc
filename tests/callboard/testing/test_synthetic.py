"""The synthetic voice: real detectors take it for speech, and its letters can be read back."""

import earshot
import numpy as np
import pytest
import webrtcvad
from hypothesis import given
from hypothesis import strategies as st

from callboard.testing.synthetic import LETTER, Reader, duration, read, synthesize

SENTENCE = "Hello, what time is it? I would like to know that now."
TEXTS = st.text(st.characters(max_codepoint=0x1FFFF, exclude_categories=["Cs"]), max_size=12)
SECOND = np.zeros(16000, np.int16)


@pytest.mark.parametrize("sample_rate", [16000, 24000, 32000, 48000])
def test_a_letter_lasts_60_ms(sample_rate: int) -> None:
    assert len(synthesize("hello", sample_rate)) == 5 * 0.06 * sample_rate
    assert duration("hello") == pytest.approx(0.3)


@given(text=TEXTS, offset=st.integers(0, 400), sample_rate=st.sampled_from([16000, 24000, 48000]))
def test_what_is_said_can_be_read_at_any_offset(text: str, offset: int, sample_rate: int) -> None:
    before, after = np.zeros(offset, np.int16), np.zeros(1000, np.int16)
    sound = np.concatenate([before, synthesize(text, sample_rate), after])
    assert read(sound, sample_rate) == text


@given(text=TEXTS, sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=30))
def test_the_reader_takes_pieces_of_any_size(text: str, sizes: list[int]) -> None:
    sound = np.concatenate([synthesize(text), np.zeros(1000, np.int16)])
    reader = Reader()
    letters = [
        letter.character
        for piece in np.split(sound, np.cumsum(sizes))
        for letter in reader.feed(piece)
    ]
    assert "".join(letters) == text


def test_what_was_cut_is_missing() -> None:
    assert read(synthesize("goodbye")[: 4 * 960]) == "good"


def test_doubled_letters_survive_a_cut_between_two_pieces() -> None:
    pieces = [synthesize("book", start=0), synthesize("keeper", start=4)]
    assert read(np.concatenate(pieces)) == "bookkeeper"


@pytest.mark.parametrize("sample_rate", [16000, 24000, 48000])
def test_between_two_clauses_there_is_a_space_that_takes_no_time(sample_rate: int) -> None:
    clauses = ("One coffee.", "Would you?", "はい。", "何\uff1f", "Yes, ", "no.")
    sounds = [synthesize(clause, sample_rate, clause=True) for clause in clauses]
    assert [len(sound) for sound in sounds] == [
        len(synthesize(clause, sample_rate)) for clause in clauses
    ]
    assert read(np.concatenate(sounds), sample_rate) == (
        "One coffee. Would you? はい。何\uff1fYes, no."
    )


def test_a_clause_that_follows_a_cut_one_stands_apart() -> None:
    cut = synthesize("One coffee.", clause=True)[: 6 * 960]
    letters = Reader().feed(np.concatenate([cut, synthesize("No.", clause=True)]))
    assert "".join(letter.character for letter in letters) == "One co No."
    assert [letter.at for letter in letters[6:8]] == pytest.approx([0.36, 0.36])


@given(text=TEXTS, offset=st.integers(0, 959), end=st.integers(0, 12 * 960))
def test_wherever_a_clause_is_cut_no_space_is_made_up(text: str, offset: int, end: int) -> None:
    sound = np.concatenate([np.zeros(offset, np.int16), synthesize(text, clause=True)[:end]])
    assert text.startswith(read(sound))


def test_letters_carry_their_time() -> None:
    sound = np.concatenate([SECOND, synthesize("hi")])
    assert [(letter.character, letter.at) for letter in Reader().feed(sound)] == [
        ("h", 1.0),
        ("i", pytest.approx(1.0 + LETTER)),
    ]


@pytest.mark.parametrize("pitch", [100, 130, 170, 210])
def test_webrtcvad_hears_the_whole_of_a_sentence(pitch: float) -> None:
    frames = synthesize(SENTENCE, pitch=pitch).reshape(-1, 320)
    detector = webrtcvad.Vad(3)
    voiced = [detector.is_speech(frame.tobytes(), 16000) for frame in frames]
    assert sum(voiced) >= 0.97 * len(voiced)


@pytest.mark.parametrize("pitch", [100, 130, 170, 210])
@pytest.mark.parametrize("text", ["yes", "hello", "stop", "no wait", SENTENCE])
def test_earshot_hears_even_a_word_within_80_ms_and_silence_after_it(
    text: str, pitch: float
) -> None:
    sound = np.concatenate([SECOND, synthesize(text, pitch=pitch), SECOND])
    detector = earshot.Detector()
    frames = sound[: len(sound) // 256 * 256].reshape(-1, 256)
    voiced = [detector.predict_i16(frame.copy()) >= 0.5 for frame in frames]
    onset = voiced.index(True) * 0.016 - 1.0
    offset = (len(voiced) - voiced[::-1].index(True)) * 0.016 - 1.0 - duration(text)
    assert 0 <= onset + 0.016 <= 0.08
    assert offset <= 0.15


def test_silence_is_not_speech_and_reads_as_nothing() -> None:
    assert read(SECOND) == ""
    assert len(synthesize("")) == 0


def test_noise_reads_as_nothing() -> None:
    noise = np.random.default_rng(1).normal(0, 1000, 160_000).astype(np.int16)
    assert read(noise) == ""


def test_a_rate_that_cannot_carry_the_text_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="8000 Hz"):
        synthesize("hello", 8000)
    with pytest.raises(ValueError, match=r"U\+2F800"):
        synthesize("\U0002f800")
