"""`examples/agents/crash_test.py`: a minute of crashes in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.testing.plugin import MakeLab

CRASH_TEST = Path(__file__).resolve().parents[2] / "examples" / "agents" / "crash_test.py"


def test_the_voice_dies_every_5_s_and_nobody_hears_it(
    call_lab: MakeLab, caplog: pytest.LogCaptureFixture
) -> None:
    lab = call_lab(CRASH_TEST)
    lab.join("Ada")
    lab.script(speaking=0.05)
    timeline = lab.run(60)
    assert len(timeline.crashes) == 11
    assert {crash.path for crash in timeline.crashes} == {"voice/fragile_speaking"}
    # What the play-out holds lasts until the next life speaks: the counting never breaks off.
    [heard] = timeline.heard("Ada")
    assert heard.at < 0.1
    assert heard.until >= 60
    reports = [record for record in caplog.records if "crashed in life" in record.getMessage()]
    assert len(reports) == 11


def test_the_pace_of_the_crashes_is_an_argument(call_lab: MakeLab) -> None:
    lab = call_lab(CRASH_TEST, args={"every": "3"})
    lab.join("Ada")
    lab.script(speaking=0.05)
    assert [crash.at for crash in lab.run(7).crashes] == [3.0, pytest.approx(6.0, abs=0.06)]
