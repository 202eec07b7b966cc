"""`examples/agents/assistant.py`, the agent of `talk`: a conversation in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.cli.talk import default_agent
from callboard.testing.plugin import MakeLab

ASSISTANT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"


def test_it_is_the_agent_of_talk() -> None:
    assert default_agent().read_text(encoding="utf-8") == ASSISTANT.read_text(encoding="utf-8")


def test_it_answers_and_shows_both_sides(call_lab: MakeLab) -> None:
    lab = call_lab(ASSISTANT)
    ada = lab.join("Ada")
    ada.says("what is two plus three", at=1.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(8)
    assert [heard.text for heard in timeline.heard("Ada")] == ["2 plus 3 is 5."]
    assert timeline.captions("Ada") == ["what is two plus three"]
    assert timeline.captions("the agent")[-1:] == ["2 plus 3 is 5."]


def test_talked_over_it_stops_and_answers_the_new_question(call_lab: MakeLab) -> None:
    lab = call_lab(ASSISTANT)
    ada = lab.join("Ada")
    ada.says("what can you do for me today", at=1.0)
    ada.says("no what is two plus two", at=6.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(16)
    assert len(timeline.interruptions) == 1
    assert timeline.heard("Ada")[-1].text == "2 plus 2 is 4."


@pytest.mark.parametrize(
    "part",
    [
        "ears/vad",
        "ears/turns",
        "ears/hearing",
        "mind/conversation",
        "mind/thinking",
        "voice/speaking",
        "voice/microphone",
    ],
)
@pytest.mark.parametrize("at", [0.5, 1.7, 2.95])
def test_whatever_dies_it_answers(call_lab: MakeLab, part: str, at: float) -> None:
    lab = call_lab(ASSISTANT)
    ada = lab.join("Ada")
    ada.says("what is two plus three", at=1.0)
    lab.script(hearing=0.2, speaking=0.05)
    lab.kill(part, at=at)
    timeline = lab.run(10)
    assert len(timeline.crashes) == 1
    assert timeline.heard("Ada")[-1].text == "2 plus 3 is 5."
