"""`examples/agents/crash_test.py` over a real network: the terminal tells, the caller hears on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from callboard_program import callboard, running

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("voice")]

CRASH_TEST = Path(__file__).resolve().parents[2] / "examples" / "agents" / "crash_test.py"

REPORT = re.compile(
    r"""^\d\d:\d\d:\d\d \[error    \] actor\.crashed +room=lobby
  voice/fragile_speaking crashed in life \d+ after \d\.\d{3} s: RuntimeError: .+ on purpose
    raised   .*crash_test\.py:\d+ in die
    in hand  .+
(?:    link     .+: \d+ of \d+ queued, \d+ sent, \d+ dropped
)+    budget   \d restart\(s\) left
    decision it is started again (?:at once|in 0\.\d\d s)
""",
    re.MULTILINE,
)


def test_each_crash_is_one_block_and_the_voice_goes_on(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = ("talk", CRASH_TEST, "--arg", "every=3", "--port", "0", "--no-browser")
    with running(*command, log=tmp_path / "err") as talk:
        done = callboard("call", talk.url, "--for", "16", "--json", report)
        told = talk.complaints
        assert talk.interrupt() == 130
    assert done.code == 0
    crashes = REPORT.findall(told)
    assert len(crashes) >= 4
    assert REPORT.sub("", told) == ""  # one report a crash, and nothing else
    heard = json.loads(report.read_text(encoding="utf-8"))
    # One stretch of speech from the first second to the last: the call never broke off.
    [speech] = heard["agent_speech"]
    assert speech["end"] - speech["start"] > 14
    assert heard["longest_gap"] <= 0.06
