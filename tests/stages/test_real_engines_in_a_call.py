"""A whole call with the embedded engines: recorded speech in, a spoken answer out."""

from pathlib import Path

import numpy as np
import pytest

from actors.stages.ears import moonshine_model
from actors.stages.voices import hibari
from callboard.testing import MakeLab
from media import AudioFrame
from media.resample import Resampler
from media.wav import write_wav

pytestmark = pytest.mark.skipif(
    not (moonshine_model.available() and hibari.available()),
    reason="the extra 'voice' is not installed",
)


def recording(folder: Path, text: str) -> Path:
    path = folder / "question.wav"
    write_wav(path, AudioFrame(hibari._synthesize(text, 1.0)[:, None], 24000))
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
