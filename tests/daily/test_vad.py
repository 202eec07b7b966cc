"""The voice detector: confidence for speech, none for silence, in any multiple of 10 ms."""

import importlib.util

import numpy as np
import pytest

from callboard.daily import Daily
from callboard.daily.native_vad import webrtc
from callboard.testing.synthetic import synthesize


def pcm(seconds: float, rate: int = 16000) -> bytes:
    return bytes(2 * round(seconds * rate))


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
@pytest.mark.parametrize("tens", [1, 2, 3, 10])
def test_silence_has_no_confidence(rate: int, tens: int) -> None:
    vad = Daily.create_native_vad(sample_rate=rate)
    assert all(vad.analyze_frames(pcm(tens / 100, rate)) < 0.3 for _ in range(20))


def test_it_says_what_it_was_made_with() -> None:
    vad = Daily.create_native_vad(500, 8000, 2)
    assert (vad.reset_period_ms, vad.sample_rate, vad.channels) == (500, 8000, 2)
    assert 0.0 <= vad.analyze_frames(pcm(0.01, 8000) * 2) <= 1.0


@pytest.mark.parametrize("frames", [b"", pcm(0.005), pcm(0.015), pcm(0.01) + b"\0\0"])
def test_another_length_is_refused(frames: bytes) -> None:
    with pytest.raises(ValueError, match="no multiple of 10 ms"):
        Daily.create_native_vad().analyze_frames(frames)


def spoken() -> np.ndarray:
    return synthesize("a sentence that goes on for a while")


def confidences(scores) -> list[float]:
    samples = spoken()
    return [scores(samples[at : at + 160]) for at in range(0, len(samples) - 160, 160)]


@pytest.mark.skipif(importlib.util.find_spec("earshot") is None, reason="earshot is not installed")
def test_speech_has_confidence() -> None:
    vad = Daily.create_native_vad()
    scores = confidences(lambda part: vad.analyze_frames(part.tobytes()))
    assert np.mean(scores) > 0.5


def test_without_earshot_webrtc_serves() -> None:
    detector = webrtc()
    assert np.mean(confidences(detector.score)) > 0.5
    assert detector.score(np.zeros(160, np.int16)) <= 1.0
