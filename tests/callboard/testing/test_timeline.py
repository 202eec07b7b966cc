"""A timeline sorts, filters, compares and prints what happened."""

from callboard.testing.timeline import (
    Captioned,
    Crashed,
    Heard,
    Interrupted,
    Joined,
    Said,
    StateChanged,
    Timeline,
)

CALL = Timeline(
    [
        Heard(1.7, 1.88, "Alice", "Hi."),
        Joined(0.0, "Alice"),
        Said(1.0, 1.3, "Alice", "hello"),
        Captioned(1.51, "Alice", 1, "hel", final=False),
        Captioned(1.52, "Alice", 1, "hello", final=True),
        Said(3.0, 3.1, "Alice", "oh"),
        Said(3.5, 3.9, "Alice", "what?"),
        Crashed(4.0, "voice/tts", 1, "Killed"),
        Interrupted(4.1, 2),
        Heard(4.25, 5.0, "Alice", "Nothing."),
        Heard(4.25, 5.0, "Bob", "Nothing."),
    ]
)


def test_entries_stand_in_order_of_time() -> None:
    assert [entry.at for entry in CALL] == sorted(entry.at for entry in CALL)
    assert CALL[0] == Joined(0.0, "Alice")


def test_times_are_whole_milliseconds() -> None:
    assert Said(0.1 + 0.2, 1.00049, "Alice", "x") == Said(0.3, 1.0, "Alice", "x")


def test_it_tells_who_said_and_who_heard_what() -> None:
    assert [said.text for said in CALL.said("Alice")] == ["hello", "oh", "what?"]
    assert CALL.said("Bob") == []
    assert CALL.heard("Bob") == [Heard(4.25, 5.0, "Bob", "Nothing.")]
    assert CALL.captions("Alice") == ["hello"]
    assert CALL.captions("Alice", final=False) == ["hel", "hello"]
    assert [crash.path for crash in CALL.crashes] == ["voice/tts"]
    assert [interruption.turn for interruption in CALL.interruptions] == [2]


def test_latency_runs_from_the_end_of_an_utterance_to_the_first_sound() -> None:
    assert CALL.latencies("Alice") == [0.4, 0.35]


def test_a_span_of_it_is_a_timeline_too() -> None:
    assert str(CALL.between(1.0, 1.6)) == (
        '    1.000 -    1.300  Alice says "hello"\n'
        '    1.510             caption: Alice, turn 1: "hel" ...\n'
        '    1.520             caption: Alice, turn 1: "hello"\n'
    )
    assert CALL[:1] == Timeline([Joined(0.0, "Alice")])


def test_equal_runs_are_equal_and_others_are_not() -> None:
    assert Timeline(list(CALL)) == CALL
    assert hash(Timeline(list(CALL))) == hash(CALL)
    assert CALL[1:] != CALL


def test_at_one_moment_causes_stand_before_effects() -> None:
    caption = Captioned(1.0, "Alice", 1, "hi", True)
    state, interrupted = StateChanged(1.0, "listening"), Interrupted(1.0, 1)
    heard = Heard(1.0, 2.0, "Alice", "x")
    expected = [interrupted, state, caption, heard]
    assert list(Timeline([heard, caption, interrupted, state])) == expected
    assert list(Timeline([state, caption, heard, interrupted])) == expected
