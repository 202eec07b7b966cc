"""A whole call with the embedded engines: recorded speech in, a spoken answer out."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from engines import embedded_voice

from actors.stages.ears import moonshine
from actors.stages.voices import hibari
from callboard.testing import MakeLab
from media import AudioFrame
from media.resample import Resampler
from media.wav import write_wav

pytestmark = pytest.mark.skipif(
    not (moonshine.available() and hibari.available()),
    reason="the extra 'voice' is not installed",
)


def recording(folder: Path, text: str) -> Path:
    path = folder / "question.wav"
    write_wav(path, AudioFrame(embedded_voice(text)[:, None], 24000))
    return path


def transcribed(frame: AudioFrame) -> str:
    from actors.stages.ears.moonshine import transcribe

    resampler = Resampler(frame.sample_rate, 16000)
    samples = np.concatenate([resampler.process(frame.samples), resampler.flush()])[:, 0]
    return transcribe(samples)


@pytest.mark.parametrize("codec", ["l16", "opus"])
def test_a_question_is_understood_and_answered_with_a_voice(
    call_lab: MakeLab, assistant: Path, tmp_path: Path, codec: str
) -> None:
    lab = call_lab(assistant, codec=codec)
    lab.join("Alice").plays(recording(tmp_path, "What is two plus two?"), at=1.0)
    timeline = lab.run(7)
    [question] = timeline.captions("Alice")
    assert "plus" in question
    assert timeline.captions("the agent") == ["2 plus 2 is 4."]
    assert "plus" in transcribed(lab.recording("Alice"))
    # Silence of a sentence, no virtual time for the engines, and the call's own frames.
    [latency] = timeline.latencies("Alice")
    assert latency <= 0.7


def test_talking_over_the_agents_real_voice_silences_it(
    call_lab: MakeLab, assistant: Path, tmp_path: Path
) -> None:
    lab = call_lab(assistant)
    alice = lab.join("Alice").plays(recording(tmp_path, "What can you do?"), at=1.0)
    alice.says("no no no no", at=5.0)
    timeline = lab.run(8)
    [reply, *_] = timeline.heard("Alice")
    assert reply.at < 4.0
    assert timeline.between(4.5, 5.3).interruptions[0].at > 5.0
    silent = lab.recording("Alice").samples[round(5.1 * 48000) : round(5.3 * 48000)]
    assert not silent.any()


def pink(samples: int) -> np.ndarray:
    """Steady noise, like a fan's, of RMS 1."""
    random = np.random.default_rng(0)
    spectrum = np.fft.rfft(random.normal(size=samples))
    frequencies = np.fft.rfftfreq(samples)
    frequencies[0] = frequencies[1]
    noise = np.fft.irfft(spectrum / np.sqrt(frequencies), samples)
    return noise / np.sqrt(np.mean(noise**2))


@pytest.mark.skipif(
    importlib.util.find_spec("earshot") is None,
    reason="earshot is not installed, and webrtcvad takes steady noise for speech",
)
@pytest.mark.parametrize("decibels", [20, 10, 5, 0])
def test_steady_noise_does_not_hold_a_turn_open(
    call_lab: MakeLab, assistant: Path, tmp_path: Path, decibels: int
) -> None:
    said = embedded_voice("What is the time in London?").astype(float)
    level = np.sqrt(np.mean(said[np.abs(said) > 200] ** 2))
    sound = pink(24000 * 10) * level / 10 ** (decibels / 20)
    sound[24000 : 24000 + len(said)] += said
    samples = np.clip(sound, -32768, 32767).astype(np.int16)
    write_wav(tmp_path / "noisy.wav", AudioFrame(samples[:, None], 24000))
    lab = call_lab(assistant)
    lab.script(thinking={"*": "I do not know."}, speaking=0.05)
    lab.join("Alice").plays(tmp_path / "noisy.wav", at=1.0)
    timeline = lab.run(8)
    assert "time" in timeline.captions("Alice")[-1]
    over = 2.0 + len(said) / 24000
    assert over < timeline.heard("Alice")[-1].at < over + 1.2
