"""`examples/agents/echo.py` in virtual time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from callboard.testing.plugin import MakeLab
from callboard.testing.synthetic import synthesize

ECHO = Path(__file__).resolve().parents[2] / "examples" / "agents" / "echo.py"


def test_what_is_said_comes_back_within_a_tenth_of_a_second(call_lab: MakeLab) -> None:
    lab = call_lab(ECHO)
    ada = lab.join("Ada")
    ada.says("good morning everybody", at=1.0)
    lab.run(4)
    heard = lab.recording("Ada").samples[:, 0].astype(float)
    said = synthesize("good morning everybody", sample_rate=48000).astype(float)
    # The correlation at every sample, by way of the spectra: as exact, in a hundredth of the time.
    size = len(heard) + len(said)
    spectrum = np.fft.rfft(heard, size) * np.fft.rfft(said, size).conj()
    similar = np.fft.irfft(spectrum, size)[: len(heard) - len(said) + 1]
    at = int(similar.argmax())
    scale = np.linalg.norm(said) * np.linalg.norm(heard[at : at + len(said)])
    assert similar[at] / scale > 0.9
    assert 1.0 < at / 48000 < 1.1


def test_two_people_hear_each_other_by_way_of_the_echo(call_lab: MakeLab) -> None:
    lab = call_lab(ECHO)
    lab.join("Ada").says("good morning", at=1.0)
    lab.join("Bob")
    lab.run(4)
    assert np.abs(lab.recording("Bob").samples).max() > 1000
