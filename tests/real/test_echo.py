"""`examples/agents/echo.py` over a real network: what comes back is what was said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from callboard_program import callboard, running
from numpy.typing import NDArray

from media.wav import read_wav

pytestmark = pytest.mark.real

ECHO = Path(__file__).resolve().parents[2] / "examples" / "agents" / "echo.py"
RATE = 16000
LONGEST = RATE // 2
"""Samples after which an echo would be no conversation any more."""


def echoes(said: NDArray[np.float64], heard: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Delay in seconds and correlation for each second of speech, after the first three."""
    found: list[tuple[float, float]] = []
    for start in range(3 * RATE, len(said) - RATE - LONGEST, RATE // 2):
        window = said[start : start + RATE]
        if np.sqrt(np.mean(window**2)) < 300:  # a pause has nothing to be compared
            continue
        around = heard[start : start + RATE + LONGEST]
        power = np.convolve(around**2, np.ones(RATE), "valid") * np.sum(window**2)
        similar = np.correlate(around, window, "valid") / np.sqrt(power + 1e-9)
        best = int(similar.argmax())
        found.append((best / RATE, float(similar[best])))
    return found


def test_speech_comes_back_as_it_was(human_speech: Path, tmp_path: Path) -> None:
    recording = tmp_path / "call.wav"
    with running("talk", ECHO, "--port", "0", "--no-browser", log=tmp_path / "err") as talk:
        done = callboard("call", talk.url, "--play", human_speech, "--record", recording)
        assert (done.code, done.complaints) == (0, "")
    left, right = read_wav(recording).samples.T.astype(float)
    found = echoes(left, right)
    assert len(found) >= 5
    assert np.median([correlation for _, correlation in found]) >= 0.9
    assert max(delay for delay, _ in found) < 0.5
