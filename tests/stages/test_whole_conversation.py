"""Whole calls of the stock assistant in virtual time, to the millisecond."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from talking import GREETING, STORY, Stages, Witness, assistant_with, scripted

from actors.stages.messages import Text, TurnOver
from actors.stages.thinking import Thinking
from actors.stages.turns import Turns
from actors.stages.turntaking.rules import TurnRules
from callboard import Call, Context, Graph, Receive, Send, stage
from callboard.testing.lab import CallLab
from callboard.testing.plugin import MakeLab
from callboard.testing.timeline import Captioned, Heard, StateChanged, Timeline

Snapshot = Callable[[Timeline], None]
ONSET_TO_SILENCE = 0.08
"""Seconds: 60 ms that make an onset, up to the next packet's moment."""


@pytest.fixture(autouse=True)
def _quiet_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)


def states(timeline: Timeline) -> list[tuple[float, str]]:
    return [(entry.at, entry.state) for entry in timeline.of(StateChanged)]


def heard(timeline: Timeline, who: str = "Alice") -> list[str]:
    return [entry.text for entry in timeline.heard(who)]


def test_a_person_speaks_and_the_agent_answers(
    call_lab: MakeLab, assistant: Path, timeline_snapshot: Snapshot
) -> None:
    lab = scripted(call_lab(assistant))
    lab.join("Alice").says("hello there", at=1.0)
    timeline = lab.run(6)
    assert heard(timeline) == [GREETING]
    assert timeline.captions("Alice") == ["hello there"]
    assert timeline.captions("the agent") == [GREETING]
    # 0.6 s of silence that ends the turn, 0.2 hearing, 0.3 thinking, 0.05 speaking; the rest is
    # frames of 20 ms.
    assert timeline.latencies("Alice") == [pytest.approx(1.183, abs=0.002)]
    assert [state for _, state in states(timeline)] == [
        "listening",
        "thinking",
        "speaking",
        "listening",
    ]
    timeline_snapshot(timeline)


def test_talking_over_the_agent_pauses_it_at_once_and_words_end_it(
    call_lab: MakeLab, assistant: Path, timeline_snapshot: Snapshot
) -> None:
    lab = scripted(call_lab(assistant))
    lab.join("Alice").says("tell me a story", at=1.0).says("stop that please", at=5.0)
    timeline = lab.run(9)
    story, answer = timeline.heard("Alice")
    assert STORY.startswith(story.text)
    assert story.end <= 5.0 + ONSET_TO_SILENCE
    assert [each.turn for each in timeline.interruptions] == [1]
    assert answer.text == "I do not know."
    timeline_snapshot(timeline)


def test_the_agent_remembers_of_its_reply_what_was_heard(call_lab: MakeLab) -> None:
    mind = Witness()
    lab = call_lab(assistant_with(thinking=Thinking(mind)))
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("tell me a story", at=1.0).says("stop that please", at=5.0)
    timeline = lab.run(9)
    remembered = mind.asked[-1]
    assert [(item.role, item.text, item.cut) for item in remembered] == [
        ("user", "tell me a story", False),
        ("agent", "Once upon a time there was an actor who", True),
        ("user", "stop that please", False),
    ]
    assert remembered[1].text == heard(timeline)[0]
    captions = [c for c in timeline.of(Captioned) if c.participant == "the agent" and c.turn == 1]
    assert captions[-1].final
    assert captions[-1].heard == remembered[1].text


@pytest.mark.parametrize("nod", ["mhm", "okay", "yeah yeah"])
def test_a_nod_holds_the_agent_for_a_moment_and_it_goes_on_at_the_same_sample(
    call_lab: MakeLab, assistant: Path, nod: str
) -> None:
    def story(nodding: bool) -> tuple[Timeline, np.ndarray]:
        lab = scripted(call_lab(assistant))
        alice = lab.join("Alice").says("tell me a story", at=1.0)
        if nodding:
            alice.says(nod, at=5.0)
        return lab.run(13), lab.recording("Alice").samples[:, 0]

    alone, plain = story(nodding=False)
    timeline, recording = story(nodding=True)
    first, second = timeline.heard("Alice")
    assert first.end <= 5.0 + ONSET_TO_SILENCE
    # Silence was sent in between, and not one sample was lost or said twice.
    pause = round((timeline.heard()[-1].end - alone.heard()[-1].end) * 48000)
    cut = round(first.end * 48000 / 960) * 960
    assert not recording[cut : cut + pause].any()
    joined = np.concatenate((recording[:cut], recording[cut + pause :]))
    assert np.array_equal(joined, plain[: len(joined)])
    assert second.end > first.end + 0.1
    assert timeline.interruptions == []
    assert timeline.captions("the agent") == [STORY]


def test_a_noise_is_no_interruption(call_lab: MakeLab, assistant: Path, tmp_path: Path) -> None:
    cough = tmp_path / "cough.wav"
    noise = np.random.default_rng(1).normal(size=2400) * 3000
    from media.wav import WavWriter

    with WavWriter(cough, 16000, 1) as wav:
        wav.write(noise.astype(np.int16)[:, None])
    lab = scripted(call_lab(assistant))
    lab.join("Alice").says("tell me a story", at=1.0).plays(cough, at=5.0)
    timeline = lab.run(13)
    first, second = timeline.heard("Alice")
    # It waited half a second for words that never came.
    assert 0.5 <= second.at - first.end <= 0.66
    assert timeline.interruptions == []
    assert timeline.captions("the agent") == [STORY]
    assert timeline.captions("Alice") == ["tell me a story"]


def test_what_is_typed_is_answered_aloud_and_ends_what_the_agent_was_saying(
    call_lab: MakeLab,
) -> None:
    lab = scripted(call_lab(assistant_with()))
    lab.join("Alice").types("tell me a story", at=1.0).types("hello there", at=4.0)
    timeline = lab.run(8)
    story, answer = timeline.heard("Alice")
    assert story.end <= 4.02
    assert answer.text == GREETING
    assert answer.at == pytest.approx(4.363, abs=0.002)
    assert states(timeline) == [
        (0.012, "listening"),
        (1.0, "thinking"),
        (1.372, "speaking"),
        (4.0, "thinking"),
        (4.372, "speaking"),
        (5.692, "listening"),
    ]


def test_speaking_while_a_typed_question_is_thought_about_ends_that(call_lab: MakeLab) -> None:
    lab = call_lab(assistant_with())
    lab.script(hearing=0.2, thinking={"a": ("Late.", 2.0), "*": ("Well.", 0.3)}, speaking=0.05)
    lab.join("Alice").types("a", at=1.0).says("never mind that", at=1.5)
    timeline = lab.run(8)
    assert heard(timeline) == ["Well."]


@stage
async def nudge(inlet: Receive[TurnOver], outlet: Send[Text], ctx: Context) -> None:
    """Says something that nobody asked for when everybody has been silent for a while."""
    async for over in inlet:
        if over.reason == "idle":
            turn = ctx.new_turn()
            await outlet.send(Text("Are you there?", turn))
            await outlet.send(Text("", turn, final=True))


def test_a_silent_person_is_asked_once_and_the_answer_is_a_turn(call_lab: MakeLab) -> None:
    mind = Witness()

    def agent(call: Call) -> Graph:
        stages = Stages(call, turns=Turns(TurnRules(idle=3.0)), thinking=Thinking(mind))
        nudging = nudge()
        return Graph(
            *stages.wires,
            stages.turns.ended >> nudging.inlet,
            nudging.outlet >> stages.speaking.text,
        )

    lab = call_lab(agent)
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("hello there", at=1.0).says("yes I am here", at=12.0)
    timeline = lab.run(17)
    assert heard(timeline) == [GREETING, "Are you there?", "I do not know."]
    [_, nudged, _] = timeline.heard("Alice")
    [greeting, *_] = timeline.heard("Alice")
    assert 3.0 <= nudged.at - greeting.end <= 3.1
    assert [(item.role, item.text) for item in mind.asked[-1]] == [
        ("user", "hello there"),
        ("agent", GREETING),
        ("agent", "Are you there?"),
        ("user", "yes I am here"),
    ]


def test_two_people_take_turns(
    call_lab: MakeLab, assistant: Path, timeline_snapshot: Snapshot
) -> None:
    lab = scripted(call_lab(assistant))
    alice, bob = lab.join("Alice"), lab.join("Bob", at=0.5)
    alice.says("tell me a story", at=1.0)
    bob.says("hello there", at=4.0)
    timeline = lab.run(9)
    assert heard(timeline, "Bob") == heard(timeline, "Alice")
    assert heard(timeline)[-1] == GREETING
    assert timeline.captions("Bob") == ["hello there"]
    timeline_snapshot(timeline)


def test_who_speaks_while_another_has_the_floor_is_heard_afterwards(
    call_lab: MakeLab,
) -> None:
    mind = Witness()
    lab = call_lab(assistant_with(thinking=Thinking(mind)))
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("and now", at=1.0)
    lab.join("Bob").says("no me", at=1.3)
    timeline = lab.run(6)
    # One answer to both, not one after the other.
    assert heard(timeline) == ["I do not know."]
    assert [(item.source, item.text) for item in mind.asked[-1]] == [
        ("alice", "and now"),
        ("bob", "no me"),
    ]


def test_a_pause_in_mid_sentence_ends_the_turn_and_going_on_takes_the_answer_back(
    call_lab: MakeLab,
) -> None:
    mind = Witness()
    lab = call_lab(assistant_with(thinking=Thinking(mind)))
    lab.script(hearing=0.2, speaking=0.05)
    lab.join("Alice").says("tell me", at=1.0).says("a story", at=2.1)
    timeline = lab.run(7)
    assert [item.text for item in mind.asked[-1]] == ["tell me", "a story"]
    assert heard(timeline) == ["I do not know."]


def test_a_person_who_leaves_in_mid_sentence_leaves_no_open_turn(
    call_lab: MakeLab, assistant: Path
) -> None:
    lab = scripted(call_lab(assistant))
    lab.join("Bob").says("tell me a story about a very long", at=1.0).leaves(at=2.0)
    lab.join("Alice").says("hello there", at=6.0)
    timeline = lab.run(10)
    assert heard(timeline)[-1] == GREETING


PATHS = [
    "ears/vad",
    "ears/turns",
    "ears/hearing",
    "mind/conversation",
    "mind/thinking",
    "voice/speaking",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_stage_may_crash_at_any_moment_and_the_person_hears_the_same(
    call_lab: MakeLab, assistant: Path, path: str
) -> None:
    for moment in np.arange(0.95, 4.4, 0.1503):
        lab = scripted(call_lab(assistant, seed=round(moment * 1000)))
        lab.join("Alice").says("hello there", at=1.0)
        lab.kill(path, at=float(moment))
        timeline = lab.run(7)
        assert "".join(heard(timeline)) == GREETING, f"killed at {moment}:\n{timeline}"
        assert [crash.path for crash in timeline.crashes] == [path]
        assert timeline.captions("the agent")[-1] == GREETING


def test_the_voice_may_crash_in_every_clause_and_loses_no_sample(
    call_lab: MakeLab, assistant: Path
) -> None:
    def story(*kills: float) -> np.ndarray:
        lab = scripted(call_lab(assistant))
        lab.join("Alice").says("tell me a story", at=1.0)
        for moment in kills:
            lab.kill("voice/speaking", at=moment)
        lab.run(11)
        return lab.recording("Alice").samples

    # The play-out holds enough for the time in which the clause is made again.
    assert np.array_equal(story(), story(3.9, 7.1))


def test_a_microphone_that_crashes_costs_less_than_a_letter(
    call_lab: MakeLab, assistant: Path
) -> None:
    lab = scripted(call_lab(assistant))
    lab.join("Alice").says("tell me a story", at=1.0)
    lab.kill("voice/microphone", at=4.0)
    text = "".join(heard(lab.run(11)))
    assert len(text) >= len(STORY) - 2


def test_a_voice_that_is_given_up_comes_back_and_so_does_the_conversation(
    call_lab: MakeLab, assistant: Path
) -> None:
    lab = scripted(call_lab(assistant))
    lab.join("Alice").says("tell me a story", at=1.0).says("hello there", at=20.0)
    for k in range(8):
        lab.kill("voice/speaking", at=3.5 + 0.4 * k)
    timeline = lab.run(25)
    assert [str(entry) for entry in timeline if "voice is" in str(entry)] == ["voice is degraded"]
    assert heard(timeline)[-1] == GREETING


def test_every_stage_crashes_now_and_then_and_the_call_goes_on(
    call_lab: MakeLab, assistant: Path
) -> None:
    lab = scripted(call_lab(assistant))
    alice = lab.join("Alice")
    for k in range(10):
        alice.says("hello there", at=1.0 + 6 * k)
        lab.kill([*PATHS, "voice/microphone"][k % 7], at=1.7 + 6.31 * k)
    timeline = lab.run(62)
    assert len(timeline.crashes) == 10
    assert timeline.captions("the agent") == [GREETING] * 10


def test_the_same_seed_is_the_same_call_byte_for_byte(call_lab: MakeLab, assistant: Path) -> None:
    def call(seed: int) -> str:
        lab = scripted(call_lab(assistant, seed=seed))
        lab.join("Alice").says("tell me a story", at=1.0).says("hello there", at=4.0)
        lab.wire(loss=0.05, burst=2, jitter=0.03)
        lab.kill("voice/speaking", at=3.3)
        return str(lab.run(8))

    assert call(1) == call(1)
    assert call(1) != call(2)


def test_a_bad_network_delays_the_answer_and_does_not_prevent_it(
    call_lab: MakeLab, assistant: Path
) -> None:
    lab = scripted(call_lab(assistant, seed=3))
    lab.join("Alice").says("hello there", at=1.0)
    lab.wire(delay=0.1, jitter=0.02)
    timeline = lab.run(8)
    (answer,) = timeline.heard("Alice")
    assert answer.text == GREETING
    assert 1.183 + 0.2 <= timeline.latencies("Alice")[0] <= 1.183 + 0.35


def test_who_comes_back_is_heard_again(call_lab: MakeLab, assistant: Path) -> None:
    lab = scripted(call_lab(assistant))
    alice = lab.join("Alice").says("hello there", at=1.0)
    alice.leaves(at=5.0).returns(at=7.0).says("tell me a story", at=9.0)
    timeline = lab.run(20)
    assert "".join(heard(timeline)) == GREETING + STORY


def test_a_heard_entry_spans_its_sound(call_lab: MakeLab, assistant: Path) -> None:
    lab: CallLab = scripted(call_lab(assistant))
    lab.join("Alice").says("hello there", at=1.0)
    (answer,) = lab.run(6).of(Heard)
    assert answer.end - answer.at == pytest.approx(len(GREETING) * 0.06, abs=0.003)
