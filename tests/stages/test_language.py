"""What depends on the language: clauses, endings, readable text, tables."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.stages.conversation import is_own_words
from actors.stages.language.sentences import (
    ClauseSplitter,
    ending,
    is_backchannel,
    may_be_backchannel,
    plain,
    says_something,
    speakable,
)
from actors.stages.language.tables import ENGLISH, UNKNOWN, Language, language


def split(*pieces: str, table: Language = ENGLISH) -> list[str]:
    splitter = ClauseSplitter(table)
    clauses = [clause for piece in pieces for clause in splitter.feed(piece)]
    return clauses + splitter.finish()


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("Hello.", ["Hello."]),
        ("Hello. How are you?", ["Hello.", "How are you?"]),
        ("Well, that is a long one. Yes.", ["Well, that is a long one.", "Yes."]),
        ("Good morning to you, what can I do?", ["Good morning to you,", "what can I do?"]),
        ("First one, then. Later on, so it is.", ["First one, then.", "Later on, so it is."]),
        ("Dr. Smith lives at St. James. He is in.", ["Dr. Smith lives at St. James.", "He is in."]),
        ("J. R. R. Tolkien wrote it. Yes.", ["J. R. R. Tolkien wrote it.", "Yes."]),
        ("It costs 3.50 euros. Cheap!", ["It costs 3.50 euros.", "Cheap!"]),
        ("1. Open it. 2. Close it.", ["1. Open it.", "2. Close it."]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        ("Wait... what?", ["Wait...", "what?"]),
        ("One\nTwo", ["One", "Two"]),
        ("...", []),
        ("So am I. You too.", ["So am I.", "You too."]),
    ],
)
def test_clauses(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


def test_chinese_needs_no_space_after_a_full_stop() -> None:
    assert split("\u4f60\u597d\u3002\u518d\u89c1\u3002", table=UNKNOWN) == [
        "\u4f60\u597d\u3002",
        "\u518d\u89c1\u3002",
    ]


def test_a_sentence_leaves_as_soon_as_the_next_word_begins() -> None:
    splitter = ClauseSplitter(ENGLISH)
    assert splitter.feed("Hello there.") == []  # it might go on: "3.5"
    assert splitter.feed(" How") == ["Hello there."]


def test_a_text_without_an_end_is_split_where_it_hurts_least() -> None:
    words = "word " * 100
    clauses = split(words)
    assert " ".join(clauses).split() == words.split()
    assert max(map(len, clauses)) <= 240


@given(
    text=st.text(alphabet="ab .,!?\n\u3002", max_size=80),
    cuts=st.lists(st.integers(0, 80), max_size=6),
)
def test_clauses_lose_no_word_however_the_reply_is_cut(text: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    letters = [c for c in "".join(split(*pieces)) if c.isalnum()]
    assert letters == [c for c in text if c.isalnum()]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "open"),
        ("what time is it", "open"),
        ("What time is it?", "sentence"),
        ("I want to", "unfinished"),
        ("I want to.", "unfinished"),  # recognisers put a full stop at every pause
        ("Where is it from?", "sentence"),
        ("Well, then,", "unfinished"),
        ("It is...", "unfinished"),
    ],
)
def test_what_the_end_of_a_text_tells(text: str, kind: str) -> None:
    assert ending(text, ENGLISH) == kind


def test_a_language_without_a_table_has_no_rules() -> None:
    assert ending("Ich möchte und", UNKNOWN) == "open"
    assert not is_backchannel("ok", UNKNOWN)
    assert not may_be_backchannel("o", UNKNOWN)
    assert UNKNOWN.not_heard == ""


@pytest.mark.parametrize("tag", ["en", "en-US", "EN-gb", "en-Latn-GB"])
def test_a_tag_finds_its_language(tag: str) -> None:
    assert language(tag) is ENGLISH


@pytest.mark.parametrize("tag", ["de", "und", "eng", "fr-CA"])
def test_another_language_is_never_taken_for_english(tag: str) -> None:
    assert language(tag) is UNKNOWN


@pytest.mark.parametrize("text", ["Yeah.", "uh huh", "Mm-hmm"[:2], "OK!", "I see."])
def test_backchannels(text: str) -> None:
    assert is_backchannel(text, ENGLISH)


@pytest.mark.parametrize("text", ["no", "stop", "yes but", ""])
def test_no_backchannels(text: str) -> None:
    assert not is_backchannel(text, ENGLISH)


def test_the_beginning_of_a_nod_may_become_one() -> None:
    assert may_be_backchannel("m", ENGLISH)
    assert may_be_backchannel("", ENGLISH)
    assert not may_be_backchannel("stop", ENGLISH)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain text", "plain text"),
        ("**bold** and *leaning*", "bold and leaning"),
        ("# Heading", "Heading"),
        ("- one\n- two", "one two"),
        ("see [the page](https://example.org/a)", "see the page"),
        ("at https://www.example.org/long/path?x=1 now", "at example.org now"),
        ("snake_case_name", "snake_case_name"),
        ("5 % of 10 & more", "5 percent of 10 and more"),
        ("20\u00b0C today", "20 degrees Celsius today"),
        ("2 + 2 = 4", "2 plus 2 equals 4"),
        ("C++ and -5", "C++ and -5"),
        ("hi \U0001f600 there", "hi there"),
        ("`code`", "code"),
    ],
)
def test_markup_and_signs_become_speakable(written: str, read: str) -> None:
    assert speakable(written, ENGLISH) == read


def test_signs_alone_say_nothing() -> None:
    assert not says_something("... -- !")
    assert says_something("7")


def test_plain_keeps_words_alone() -> None:
    assert plain("  Hello,  World! It's me. ") == "hello world it's me"


@pytest.mark.parametrize(
    ("heard", "own"),
    [
        ("once upon a time", True),
        ("once upon the time there", True),  # misheard here and there
        ("upon a time", True),
        ("a time", False),  # a person may well repeat two words
        ("tell me another story", False),
        ("", False),
    ],
)
def test_the_agents_own_words_are_known(heard: str, own: bool) -> None:
    spoken = "Once upon a time there was an actor who forgot his lines."
    assert is_own_words(heard, spoken) is own


def test_without_anything_spoken_nothing_is_an_echo() -> None:
    assert not is_own_words("once upon a time", "")
