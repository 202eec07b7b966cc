"""`examples/agents/two_agents.py`: two agents hear each other over a real network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from callboard_program import callboard, running

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("voice", "recogniser")]

TWO = Path(__file__).resolve().parents[2] / "examples" / "agents" / "two_agents.py"


def test_one_asks_and_the_other_answers(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with running("talk", TWO, "--port", "0", "--no-browser", log=tmp_path / "err") as talk:
        done = callboard("call", talk.url, "--for", "14", "--json", report)
        assert talk.interrupt() == 130
        assert talk.complaints == ""
    assert done.code == 0
    heard = json.loads(report.read_text(encoding="utf-8"))
    assert sorted(heard["participants"]) == ["Pupil", "Two agents"]
    said = [each["transcript"].casefold() for each in heard["agent_speech"]]
    assert len(said) >= 4
    assert "one plus one" in said[0] or "1" in said[0]
    assert any("two" in words or "2" in words for words in said[1:3])
