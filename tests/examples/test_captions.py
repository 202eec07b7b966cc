"""`examples/agents/captions.py` in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.testing.plugin import MakeLab

CAPTIONS = Path(__file__).resolve().parents[2] / "examples" / "agents" / "captions.py"


def test_everybodys_words_stand_under_their_name(
    call_lab: MakeLab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = call_lab(CAPTIONS, args={"print": "yes"})
    lab.join("Ada").says("good morning", at=1.0)
    lab.join("Bob").says("hello ada", at=4.0)
    lab.script(hearing=0.2)
    timeline = lab.run(8)
    assert timeline.captions("Ada") == ["good morning"]
    assert timeline.captions("Bob") == ["hello ada"]
    assert timeline.captions("Ada", final=False)[0] != "good morning"
    assert capsys.readouterr().out == "Ada: good morning\nBob: hello ada\n"


def test_names_outlive_a_crash(call_lab: MakeLab, capsys: pytest.CaptureFixture[str]) -> None:
    lab = call_lab(CAPTIONS, args={"print": "yes"})
    lab.join("Ada").says("good morning", at=2.0)
    lab.script(hearing=0.2)
    lab.kill("captioner", at=1.0)
    assert len(lab.run(6).crashes) == 1
    assert capsys.readouterr().out == "Ada: good morning\n"


def test_without_the_argument_nothing_is_printed(
    call_lab: MakeLab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = call_lab(CAPTIONS)
    lab.join("Ada").says("good morning", at=1.0)
    lab.script(hearing=0.2)
    lab.run(4)
    assert capsys.readouterr().out == ""
