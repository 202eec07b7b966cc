"""What a conversation remembers: what was said, and of replies what was heard."""

import pytest

from actors.stages.conversation import Memory, wants_answer
from actors.stages.messages import Planned, Transcript, Word


def planned(text: str, start: float = 0.0, *, turn: int = 1, final: bool = False) -> Planned:
    """A clause in which every word takes half a second."""
    words = tuple(
        Word(word, start + index / 2, start + index / 2 + 0.5)
        for index, word in enumerate(text.split())
    )
    return Planned(turn, text, start, words, len(words) / 2, final)


def remembered(memory: Memory) -> list[tuple[str, str, bool]]:
    return [(item.role, item.text, item.cut) for item in memory.items()]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, ""),
        (0.24, ""),
        (0.25, "one"),  # half of its sound
        (0.74, "one"),
        (0.75, "one two"),
        (1.3, "one two three"),
        (1.75, "one two three four"),
        (9.0, "one two three four"),
    ],
)
def test_a_reply_is_remembered_to_the_word_that_was_heard(seconds: float, text: str) -> None:
    memory = Memory()
    memory.planned(planned("one two three"), at=0)
    memory.planned(planned("four", 1.5), at=0)
    memory.played(1, seconds, at=1.0, over=False)
    assert [item.text for item in memory.items()] == ([text] if text else [])


def test_a_plan_that_nobody_heard_is_no_memory() -> None:
    memory = Memory()
    memory.planned(planned("one two three"), at=0)
    memory.ended(2)
    assert memory.items() == ()


def test_a_reply_that_was_cut_says_so_and_a_whole_one_does_not() -> None:
    memory = Memory()
    memory.said(1, "hello", "alice")
    memory.planned(planned("one two"), at=0)
    memory.played(1, 0.6, at=1.0, over=False)
    memory.ended(2)
    memory.said(2, "again", "alice")
    memory.planned(planned("three four", turn=2), at=2)
    memory.planned(Planned(2, "", 1.0, final=True), at=2)
    memory.played(2, 1.0, at=3.0, over=True)
    assert remembered(memory) == [
        ("user", "hello", False),
        ("agent", "one", True),
        ("user", "again", False),
        ("agent", "three four", False),
    ]


def test_a_clause_that_a_restarted_voice_plans_again_counts_once() -> None:
    memory = Memory()
    memory.planned(planned("one"), at=0)
    memory.planned(planned("two", 0.5), at=0)
    memory.planned(planned("two", 0.5), at=1)
    assert memory.played(1, 9.0, at=1.0, over=True).heard_text == "one two"


def test_saying_again_replaces_what_was_said_in_that_turn() -> None:
    memory = Memory()
    memory.said(1, "hel", "alice")
    memory.said(1, "hi", "bob")
    memory.said(1, "hello", "alice")
    assert [(item.source, item.text) for item in memory.items()] == [
        ("alice", "hello"),
        ("bob", "hi"),
    ]


def test_without_word_times_a_clause_counts_when_it_was_heard_whole() -> None:
    memory = Memory()
    memory.planned(Planned(1, "one two", 0.0, (), 1.0), at=0)
    assert memory.played(1, 0.9, at=1, over=False).heard_text == ""
    assert memory.played(1, 1.0, at=1, over=False).heard_text == "one two"


def test_a_voice_that_reads_other_words_is_cut_by_its_share() -> None:
    memory = Memory()
    words = tuple(
        Word(w, i / 2, i / 2 + 0.5) for i, w in enumerate(("five", "kilo", "metres", "far"))
    )
    memory.planned(Planned(1, "5 km", 0.0, words, 2.0), at=0)
    assert memory.played(1, 1.0, at=1, over=False).heard_text == "5"


def test_old_items_are_forgotten_in_a_long_call() -> None:
    memory = Memory()
    for turn in range(700):
        memory.said(turn, "x", None)
    assert len(memory.items()) == 500
    assert memory.items()[-1].turn == 699


def test_a_reply_is_being_spoken_until_it_is_over_or_lulls() -> None:
    memory = Memory()
    memory.planned(planned("one two"), at=10.0)
    assert memory.speaking(2, 11.0)
    assert not memory.speaking(1, 11.0)
    assert not memory.speaking(2, 12.0)
    memory.played(1, 0.5, at=12.5, over=False)
    assert memory.speaking(2, 13.0)
    memory.played(1, 1.0, at=13.0, over=True)
    assert not memory.speaking(2, 13.0)


def test_the_agents_last_sound_may_still_come_back_for_a_second() -> None:
    memory = Memory()
    memory.planned(planned("one"), at=0)
    memory.played(1, 0.5, at=5.0, over=True)
    assert memory.spoke_lately(5.9)
    assert not memory.spoke_lately(6.1)
    assert memory.last_heard() == "one"


@pytest.mark.parametrize(
    ("text", "final", "failed", "wants"),
    [
        ("hello", True, False, True),
        ("hello", False, False, False),
        ("...", True, False, False),
        ("", True, False, False),
        ("", True, True, True),
    ],
)
def test_what_wants_an_answer(text: str, final: bool, failed: bool, wants: bool) -> None:
    assert wants_answer(Transcript(text, final, 1, failed=failed)) is wants
