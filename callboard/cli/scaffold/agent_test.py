"""Tests of the agent in a call, in virtual time: `pytest` runs each of these in a moment."""

from callboard.testing.plugin import MakeLab


def test_it_answers(call_lab: MakeLab) -> None:
    lab = call_lab("my_agent.py")
    ada = lab.join("Ada")
    ada.says("hello", at=1.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(8)
    assert [heard.text for heard in timeline.heard("Ada")] == ["You said: hello"]


def test_it_stops_when_somebody_talks_over_it(call_lab: MakeLab) -> None:
    lab = call_lab("my_agent.py")
    ada = lab.join("Ada")
    ada.says("tell me everything about the weather today", at=1.0)
    ada.says("no wait please stop", at=6.0)
    lab.script(hearing=0.2, speaking=0.05)
    timeline = lab.run(12)
    assert len(timeline.interruptions) == 1


def test_it_answers_although_its_voice_crashed(call_lab: MakeLab) -> None:
    lab = call_lab("my_agent.py")
    ada = lab.join("Ada")
    ada.says("hello", at=2.0)
    lab.script(hearing=0.2, speaking=0.05)
    lab.kill("dialogue/speaking", at=1.0)
    timeline = lab.run(8)
    assert len(timeline.crashes) == 1
    assert [heard.text for heard in timeline.heard("Ada")] == ["You said: hello"]
