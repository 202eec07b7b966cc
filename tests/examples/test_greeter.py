"""`examples/agents/greeter.py` in virtual time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callboard import AudioFrame, write_wav
from callboard.testing.plugin import MakeLab
from callboard.testing.synthetic import synthesize

GREETER = Path(__file__).resolve().parents[2] / "examples" / "agents" / "greeter.py"


def test_everybody_who_joins_is_greeted_by_the_recording(call_lab: MakeLab, tmp_path: Path) -> None:
    welcome = tmp_path / "welcome.wav"
    write_wav(welcome, AudioFrame(synthesize("welcome to you all")[:, None], 16000))
    lab = call_lab(GREETER, args={"wav": str(welcome)})
    lab.join("Ada")
    lab.join("Bob", at=4.0)
    timeline = lab.run(8)
    assert [heard.text for heard in timeline.heard("Ada")] == ["welcome to you all"] * 2
    assert [heard.text for heard in timeline.heard("Bob")] == ["welcome to you all"]
    assert [heard.at for heard in timeline.heard("Ada")] == pytest.approx([0.0, 4.0], abs=0.2)


def test_without_a_recording_it_plays_a_chime(call_lab: MakeLab) -> None:
    lab = call_lab(GREETER)
    lab.join("Ada")
    [heard] = lab.run(3).heard("Ada")
    assert heard.until - heard.at == pytest.approx(0.9, abs=0.05)
    samples = lab.recording("Ada").samples[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(samples))
    loudest = np.fft.rfftfreq(len(samples), 1 / 48000)[int(spectrum.argmax())]
    assert min(abs(loudest - hertz) for hertz in (523.25, 659.25, 783.99)) < 5
