"""`examples/agents/recorder.py` in virtual time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from callboard.testing.plugin import MakeLab
from callboard.testing.synthetic import read
from callboard.testing.timeline import MessageSent
from media.wav import read_wav

RECORDER = Path(__file__).resolve().parents[2] / "examples" / "agents" / "recorder.py"


def test_it_asks_and_records_nothing_but_what_was_agreed_to(
    call_lab: MakeLab, tmp_path: Path
) -> None:
    lab = call_lab(RECORDER, args={"folder": str(tmp_path)})
    ada = lab.join("Ada")
    ada.says("this is secret", at=1.0)
    ada.types("Yes.", at=3.0)
    ada.says("this is public", at=4.0)
    ada.types("no", at=6.0)
    ada.says("this is secret again", at=7.0)
    timeline = lab.run(10)
    assert [entry.data for entry in timeline.of(MessageSent)] == [
        '{"chat": "May this call be recorded? Write \\"yes\\" or \\"no\\"."}'
    ]
    [file] = tmp_path.iterdir()
    recording = read_wav(file)
    assert 2.9 < recording.duration < 3.1
    people = recording.samples[:, 0]
    assert read(people, recording.sample_rate) == "this is public"
    assert not np.any(recording.samples[:, 1])
