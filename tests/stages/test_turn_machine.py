"""The turn machine, by tables: events in, decisions out.

A script is a line a stretch of time: `speech 0.2` is 0.2 s of frames in which Alice speaks,
`silence 0.6` the same without, `words X` a partial reading, `asked`, `playing`, `done`.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.stages.language.tables import ENGLISH
from actors.stages.turntaking.machine import (
    AgentState,
    Began,
    Decision,
    Ended,
    Failed,
    Floor,
    Idle,
    Interrupted,
    Paused,
    Resumed,
    TurnMachine,
    Unheard,
)
from actors.stages.turntaking.rules import TurnRules

FRAME = 0.02


class Stage:
    """Plays a script to a machine and writes down what it decides, with the time."""

    def __init__(self, rules: TurnRules | None = None) -> None:
        self.machine = TurnMachine(rules or TurnRules(), ENGLISH)
        self.now = 0.0
        self.decided: list[tuple[float, Decision]] = []

    def play(self, *lines: str) -> list[tuple[float, str]]:
        for line in lines:
            verb, _, rest = line.partition(" ")
            self._do(verb, rest)
        return [(at, _name(decision)) for at, decision in self.decided]

    def _do(self, verb: str, rest: str) -> None:
        machine = self.machine
        match verb:
            case "speech" | "silence":
                seconds, _, who = rest.partition(" ")
                for _ in range(round(float(seconds) / FRAME)):
                    self.now += FRAME
                    self._note(machine.voiced(self.now, who or "alice", speech=verb == "speech"))
            case "gone":
                seconds, _, who = rest.partition(" ")
                for _ in range(round(float(seconds) / FRAME)):
                    self.now += FRAME
                    self._note(machine.voiced(self.now, who, speech=False))
            case "words":
                self._note(machine.heard(self.now, rest, final=False))
            case "asked":
                self._note(machine.asked(self.now))
            case "unanswered":
                self._note(machine.answered(self.now, expected=False))
            case "playing":
                self._note(machine.played(self.now, playing=True, final=False))
            case "done":
                self._note(machine.played(self.now, playing=False, final=True))

    def _note(self, decisions: list[Decision]) -> None:
        self.decided += [(round(self.now, 2), decision) for decision in decisions]


def _name(decision: Decision) -> str:
    match decision:
        case Began(source, over_agent):
            return f"began {source}" + (" over the agent" if over_agent else "")
        case Ended(source, reason):
            return f"ended {source} {reason}"
        case Unheard(source):
            return f"unheard {source}"
        case Paused() | Resumed() | Interrupted() | Idle() | Failed():
            return type(decision).__name__.lower()


@pytest.mark.parametrize(
    ("script", "decisions"),
    [
        pytest.param(["silence 1"], [], id="nobody"),
        pytest.param(
            ["speech 0.5", "silence 1"],
            [(0.06, "began alice"), (1.1, "ended alice silence")],
            id="a turn ends after 0.6 s of silence",
        ),
        pytest.param(
            ["speech 0.5", "words What time is it?", "silence 1"],
            [(0.06, "began alice"), (0.9, "ended alice silence")],
            id="a whole sentence ends it after 0.4 s",
        ),
        pytest.param(
            ["speech 0.5", "words I want to", "silence 1.2"],
            [(0.06, "began alice"), (1.5, "ended alice silence")],
            id="an unfinished one after 1 s",
        ),
        pytest.param(["speech 0.04", "silence 1"], [], id="a click is no onset"),
        pytest.param(
            ["speech 0.02", "silence 0.04", "speech 0.04", "silence 0.04"],
            [(0.1, "began alice")],
            id="a detector that flickers is an onset within 0.12 s",
        ),
        pytest.param(
            ["speech 0.5", "silence 0.5", "speech 0.5", "silence 0.7"],
            [(0.06, "began alice"), (2.1, "ended alice silence")],
            id="going on before the silence is over is the same turn",
        ),
        pytest.param(
            ["playing", "speech 0.06", "silence 0.6"],
            [
                (0.06, "began alice over the agent"),
                (0.06, "paused"),
                (0.56, "resumed"),
                (0.56, "ended alice false"),
            ],
            id="a noise over the agent",
        ),
        pytest.param(
            ["playing", "speech 0.1", "words mhm", "silence 0.3"],
            [
                (0.06, "began alice over the agent"),
                (0.06, "paused"),
                (0.22, "resumed"),
                (0.22, "ended alice backchannel"),
            ],
            id="a nod over the agent",
        ),
        pytest.param(
            ["playing", "speech 0.1", "words stop"],
            [(0.06, "began alice over the agent"), (0.06, "paused"), (0.1, "interrupted")],
            id="words over the agent",
        ),
        pytest.param(
            ["playing", "speech 0.4"],
            [(0.06, "began alice over the agent"), (0.06, "paused"), (0.36, "interrupted")],
            id="300 ms more over the agent",
        ),
        pytest.param(
            ["playing", "speech 0.1", "words ye", "speech 0.5", "words yeah", "speech 0.6"],
            [(0.06, "began alice over the agent"), (0.06, "paused"), (1.06, "interrupted")],
            id="what may become a nod is given a second",
        ),
        pytest.param(
            ["playing", "speech 0.1", "words ye", "speech 0.2", "words yesterday I"],
            [(0.06, "began alice over the agent"), (0.06, "paused"), (0.3, "interrupted")],
            id="and becomes words",
        ),
        pytest.param(
            ["playing", "speech 0.1", "done", "silence 0.7"],
            [
                (0.06, "began alice over the agent"),
                (0.06, "paused"),
                (0.1, "interrupted"),
                (0.7, "ended alice silence"),
            ],
            id="the agent ends by itself meanwhile",
        ),
        pytest.param(
            ["speech 0.5", "silence 0.6", "speech 0.1", "words and", "silence 1.1"],
            [
                (0.06, "began alice"),
                (1.1, "ended alice silence"),
                (1.16, "began alice over the agent"),
                (1.16, "paused"),
                (1.2, "interrupted"),
                (2.2, "ended alice silence"),
            ],
            id="going on while the agent thinks takes the question back",
        ),
        pytest.param(
            ["speech 0.5", "silence 0.7", "unanswered", "speech 0.1"],
            [(0.06, "began alice"), (1.1, "ended alice silence"), (1.26, "began alice")],
            id="where no answer is expected the next turn is a plain one",
        ),
        pytest.param(
            ["speech 0.5", "gone 1.1 bob"],
            [(0.06, "began alice"), (1.1, "ended alice silence")],
            id="whose audio stops is silent",
        ),
        pytest.param(
            ["speech 0.2", "speech 0.3 bob", "silence 0.5 bob"],
            [
                (0.06, "began alice"),
                (0.8, "ended alice silence"),
                (0.8, "began bob over the agent"),
                (0.8, "paused"),
            ],
            id="who spoke meanwhile has the floor next",
        ),
    ],
)
def test_decisions(script: list[str], decisions: list[tuple[float, str]]) -> None:
    assert Stage().play(*script) == decisions


def test_what_was_said_long_before_the_floor_is_free_is_no_turn() -> None:
    stage = Stage()
    stage.play("speech 0.1", "speech 0.2 bob")
    for _ in range(40):
        stage.play("speech 0.02", "silence 0.02 bob")
    decided = stage.play("silence 1")
    names = [name for _, name in decided]
    assert names == ["began alice", "ended alice silence", "unheard bob"]


def test_an_overlong_turn_ends_and_the_next_begins() -> None:
    decided = Stage(TurnRules(longest=2.0)).play("speech 2.5")
    assert [name for _, name in decided] == [
        "began alice",
        "ended alice overlong",
        "began alice over the agent",
        "paused",
        "interrupted",
    ]


def test_who_vanishes_in_mid_sentence_has_left() -> None:
    rules = TurnRules(vanished=0.3)
    assert Stage(rules).play("speech 0.5", "gone 0.4 bob")[-1] == (0.8, "ended alice left")


def test_an_idle_person_is_told_of_once_a_silence() -> None:
    stage = Stage(TurnRules(idle=2.0))
    assert stage.play("silence 5") == [(2.02, "idle")]
    assert [name for _, name in stage.play("speech 0.5", "silence 0.7", "unanswered")][1:] == [
        "began alice",
        "ended alice silence",
    ]
    assert [name for _, name in stage.play("silence 5")].count("idle") == 2


def test_a_thinking_or_speaking_agent_makes_nobody_idle() -> None:
    assert Stage(TurnRules(idle=2.0)).play("asked", "silence 3", "playing", "silence 1") == []


def test_a_reply_that_does_not_come_is_a_failure_told_once() -> None:
    stage = Stage(TurnRules(patience=1.0))
    assert stage.play("asked", "silence 3") == [(1.0, "failed")]
    assert stage.machine.state == "failed"


def test_a_reply_whose_end_is_never_told_ends_with_a_lull() -> None:
    stage = Stage()
    stage.play("asked", "playing", "silence 0.1")
    assert stage.machine.state == "speaking"
    stage.machine.played(stage.now, playing=False, final=False)
    stage.play("silence 2.1")
    assert stage.machine.state == "listening"


def test_the_states_that_the_page_shows() -> None:
    stage = Stage()
    shown = [stage.machine.state]
    for line in ("speech 0.3", "silence 0.7", "playing", "done"):
        stage.play(line)
        shown.append(stage.machine.state)
    assert shown == ["listening", "listening", "thinking", "speaking", "listening"]


def test_a_machine_goes_on_where_another_stood() -> None:
    stage = Stage()
    stage.now = 5.0
    stage.machine.restore(5.0, Floor.OPEN, "alice", AgentState.LISTENING)
    assert stage.play("silence 0.7") == [(5.6, "ended alice silence")]


@pytest.mark.parametrize("name", ["onset", "silence", "longest", "idle", "nod"])
def test_rules_of_no_time_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0 s"):
        TurnRules(**{name: 0})


PEOPLE = ["alice", "bob", None]
EVENTS = st.one_of(
    st.tuples(st.just("voiced"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("heard"), st.sampled_from(["", "m", "mhm", "stop it", "I want to"])),
    st.tuples(st.just("played"), st.booleans(), st.booleans()),
    st.tuples(st.just("asked")),
    st.tuples(st.just("answered"), st.booleans()),
)


@given(events=st.lists(EVENTS, max_size=300))
def test_decisions_always_make_sense(events: list[tuple[object, ...]]) -> None:
    machine, now = TurnMachine(TurnRules(idle=3.0), ENGLISH), 0.0
    owner: list[object] = []
    paused = False
    for kind, *args in events:
        now += FRAME
        act: Callable[..., list[Decision]] = getattr(machine, str(kind))
        match kind:
            case "voiced":
                decided = act(now, args[0], speech=args[1])
            case "heard":
                decided = act(now, args[0], final=False)
            case "played":
                decided = act(now, playing=args[0], final=args[1])
            case "answered":
                decided = act(now, expected=args[0])
            case _:
                decided = act(now)
        for decision in decided:
            match decision:
                case Began(source):
                    assert not owner
                    owner.append(source)
                case Paused():
                    assert owner
                    assert not paused
                    paused = True
                case Resumed() | Interrupted():
                    assert paused
                    paused = False
                case Ended(source):
                    assert owner == [source]
                    assert not paused
                    owner.clear()
                case Unheard() | Idle() | Failed():
                    pass
        assert (machine.floor is Floor.QUIET) == (not owner)
        assert (machine.floor is Floor.DOUBTFUL) == paused
