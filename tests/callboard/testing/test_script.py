"""The script finds the reply to what was said, or says what is missing."""

import pytest

from callboard.testing.errors import LabError, NotScriptedError
from callboard.testing.scripted import Script

SCRIPT = Script(thinking={"hello": ("Hi.", 0.3), "What time is it?": "Noon."})


@pytest.mark.parametrize("said", ["hello", "Hello!", " hello ", "HELLO"])
def test_case_punctuation_and_spacing_do_not_matter(said: str) -> None:
    assert SCRIPT.answer(said) == ("Hi.", 0.3)


def test_a_reply_without_a_delay_begins_at_once() -> None:
    assert SCRIPT.answer("what time is it") == ("Noon.", 0.0)


def test_the_star_answers_everything_else() -> None:
    script = Script(thinking={"hello": "Hi.", "*": ("Pardon?", 0.1)})
    assert script.answer("xyz") == ("Pardon?", 0.1)
    assert script.answer("hello") == ("Hi.", 0.0)


def test_a_function_may_answer() -> None:
    assert Script(thinking=lambda said: (said.upper(), 0.2)).answer("hi") == ("HI", 0.2)


def test_what_is_not_scripted_is_one_sentence_with_what_to_do() -> None:
    with pytest.raises(
        NotScriptedError, match=r"asked 'goodbye'.*'hello', 'What time is it\?'.*add it"
    ):
        SCRIPT.answer("goodbye")
    with pytest.raises(NotScriptedError, match="no thinking at all"):
        Script().answer("hello")


def test_a_delay_is_not_negative() -> None:
    with pytest.raises(LabError, match=r"hearing .* -0\.1"):
        Script(hearing=-0.1)
