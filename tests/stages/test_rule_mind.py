"""The embedded mind: what it answers to what."""

from datetime import datetime
from fractions import Fraction

import pytest

from actors.stages.messages import Item
from actors.stages.minds.arithmetic import NoNumberError, find_sum, read_number, say
from actors.stages.minds.rule_mind import ABILITIES, SELF, SMALL_TALK, RuleMind
from actors.stages.protocols import Mind
from callboard.testing.contracts import MindContract

NOON = datetime(2026, 11, 26, 14, 5)
MIND = RuleMind(clock=lambda: NOON)


class TestRuleMind(MindContract):
    def make(self) -> Mind:
        return RuleMind(clock=lambda: NOON)


def conversation(*texts: str) -> tuple[Item, ...]:
    return tuple(
        Item("user" if index % 2 == 0 else "agent", text, index) for index, text in enumerate(texts)
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Hello.", "Hello! What can I do for you?"),
        ("What time is it?", "It is 2:05 p.m."),
        ("Which day is it today?", "Today is Thursday, November 26, 2026."),
        ("What year is it?", "It is the year 2026."),
        ("What is two plus two?", "2 plus 2 is 4."),
        ("What's seventeen times four?", "17 times 4 is 68."),
        ("How much is 10 divided by 4?", "10 divided by 4 is 2.5."),
        ("My name is Alice.", "Nice to meet you, Alice."),
        ("Say hello world", "Hello world."),
        ("Spell cat", "Cat is spelled C, A, T."),
        ("Count to three", "1, 2, 3."),
        ("Thank you!", "You're welcome."),
        ("Goodbye.", "Goodbye! It was nice talking with you."),
    ],
)
def test_what_it_answers(said: str, answer: str) -> None:
    assert MIND.answer(said) == answer


def test_it_spells_out_that_it_is_rule_based() -> None:
    assert MIND.answer("Who are you?").startswith(SELF)
    assert "rule-based" in SELF
    assert "language model" in SELF


def test_it_says_what_it_can_do() -> None:
    assert MIND.answer("What can you do?").startswith(ABILITIES)


def test_it_repeats_what_it_heard_and_tells_why_once() -> None:
    first = MIND.answer("The cat sat on the mat")
    assert first == f"You said: The cat sat on the mat. {SELF} {ABILITIES}"
    before = conversation("The cat sat on the mat", first)
    assert MIND.answer("The dog did too", before) == "You said: The dog did too."


def test_a_question_that_it_does_not_know_is_told_so() -> None:
    answer = MIND.answer("Who wrote Hamlet?", conversation("Hi", SELF))
    assert answer == "You asked: Who wrote Hamlet? That I don't know. I am only rule-based."


def test_it_remembers_a_name() -> None:
    before = conversation("My name is Alice.", "Nice to meet you, Alice.")
    assert MIND.answer("What is my name?", before) == "Your name is Alice."
    assert MIND.answer("What is my name?") == "You have not told me your name yet."


def test_it_says_again_what_was_heard_of_it() -> None:
    before = conversation("Hello.", "Hello! What can")
    assert MIND.answer("Say that again", before) == "Hello! What can"
    assert MIND.answer("What did I say?", before) == "You said: Hello."


def test_the_same_greeting_is_not_answered_in_the_same_words() -> None:
    first = MIND.answer("Hello")
    assert MIND.answer("Hello", conversation("Hello", first)) != first


def test_chance_is_the_turns_so_a_call_can_be_replayed() -> None:
    tosses = {MIND.answer("Flip a coin", turn=turn) for turn in range(20)}
    assert tosses == {"It's heads.", "It's tails."}
    assert MIND.answer("Flip a coin", turn=3) == MIND.answer("Flip a coin", turn=3)


def test_what_was_said_in_pieces_is_one_question() -> None:
    asked = (Item("user", "what is", 1), Item("user", "two plus two", 2))

    import trio

    from actors.stages.messages import Snapshot

    async def reply() -> str:
        async def in_thread(fn: object, /, *args: object) -> object:
            raise NotImplementedError

        return "".join([piece async for piece in MIND.reply(Snapshot(asked, 2), in_thread)])

    assert trio.run(reply) == "2 plus 2 is 4."


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("seven", 7),
        ("seventy two", 72),
        ("a hundred and five", 105),
        ("two thousand three hundred", 2300),
        ("three point one four", Fraction(314, 100)),
        ("1,000", 1000),
        ("2.5 million", 2_500_000),
        ("one million two", 1_000_002),
    ],
)
def test_numbers_in_words(words: str, value: Fraction | int) -> None:
    split = words.split()
    assert read_number(split, 0) == (value, len(split))


@pytest.mark.parametrize("words", ["cat", "and", "a cat", "point five"])
def test_what_is_no_number(words: str) -> None:
    assert read_number(words.split(), 0) is None


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("two plus three times four", 14),
        ("ten minus four minus three", 3),
        ("two to the power of ten", 1024),
        ("twenty percent of fifty", 10),
        ("7 x 6", 42),
        ("one divided by three", Fraction(1, 3)),
        ("three squared", 9),
        ("What is too-plus, too?", 4),  # as a recogniser heard it
        ("for times ate", 32),
    ],
)
def test_sums(text: str, result: Fraction | int) -> None:
    found = find_sum(text)
    assert found is not None
    assert found.result == result


def test_what_is_no_sum() -> None:
    assert find_sum("I have two cats") is None
    assert find_sum("I want to go to a place for too long") is None
    assert find_sum("") is None


def test_a_division_by_nothing_is_answered() -> None:
    with pytest.raises(NoNumberError):
        find_sum("five divided by zero")
    assert MIND.answer("What is five divided by zero?")


def test_a_power_that_nobody_wants_read_aloud_is_refused() -> None:
    with pytest.raises(NoNumberError):
        find_sum("nine to the power of nine hundred")


@pytest.mark.parametrize(
    ("value", "said"),
    [(Fraction(4), "4"), (Fraction(5, 2), "2.5"), (Fraction(1_000_000), "1000000")],
)
def test_how_results_are_said(value: Fraction, said: str) -> None:
    assert say(value) == said


def test_every_rule_of_small_talk_has_an_answer() -> None:
    assert all(rule.answers and all(rule.answers) for rule in SMALL_TALK)
