"""The agent's own voice, back through a loudspeaker: neither a barge-in nor a turn."""

from pathlib import Path

import numpy as np
import pytest
from engines import embedded_voice
from numpy.typing import NDArray
from talking import GREETING, STORY, scripted

from actors.stages.echo_guard import EchoGuard, Reference
from actors.stages.messages import VoicedFrame
from actors.stages.vad import default_detector, judge
from actors.stages.voices import hibari
from callboard.testing.plugin import MakeLab
from callboard.testing.synthetic import synthesize
from callboard.testing.timeline import Captioned
from media import AudioFrame
from media.resample import Resampler

Signal = NDArray[np.float64]
FRAME = 320
AHEAD = 11
"""Frames of the agent's voice that are on their way when the first is played: 220 ms."""


def voice(text: str) -> Signal:
    """The agent, 16 kHz."""
    if not hibari.available():
        pytest.skip("hibari-tts is not installed")
    resampler = Resampler(24000, 16000)
    samples = embedded_voice(text)[:, None]
    return np.concatenate([resampler.process(samples), resampler.flush()])[:, 0].astype(float)


def room(sound: Signal, *, level: float, reverberation: float) -> Signal:
    """What a microphone picks up: 150 ms later, direct and reverberant sound equally loud."""
    random = np.random.default_rng(0)
    time = np.arange(6000) / 16000
    tail = random.normal(size=6000) * np.exp(-6.9 * time / reverberation)
    tail /= np.linalg.norm(tail)
    tail[0] += 1.0
    heard = np.convolve(sound, tail)[: len(sound)] * level
    late = np.concatenate([np.zeros(2400), heard])[: len(sound)]
    return late + random.normal(size=len(sound)) * 3


def onset(heard: Signal, agent: Signal) -> float | None:
    """Second at which 60 ms of speech within 120 were taken for a person's; None: never."""
    reference, detector = Reference(), default_detector()()
    guard = EchoGuard(reference)
    speech: list[bool] = []
    for index in range(len(heard) // FRAME):
        for sent in range(AHEAD) if index == 0 else [index + AHEAD - 1]:
            piece = agent[sent * FRAME : (sent + 1) * FRAME]
            if len(piece) == FRAME:
                reference.play(AudioFrame(piece.astype(np.int16)[:, None], 16000), index * 0.02)
        samples = heard[index * FRAME : (index + 1) * FRAME]
        frame = AudioFrame(np.clip(samples, -32768, 32767).astype(np.int16)[:, None], 16000)
        voiced = judge(frame, detector)
        echo = guard.is_echo(voiced, index * 0.02)
        speech.append(voiced.speech and not echo)
        if sum(speech[-6:]) >= 3:
            return index * 0.02
    return None


@pytest.mark.parametrize("level", [0.02, 0.05, 0.2, 0.5])
@pytest.mark.parametrize("reverberation", [0.2, 0.35])
def test_an_echo_at_any_level_is_never_an_onset(level: float, reverberation: float) -> None:
    agent = voice("Once upon a time there was an actor who forgot his lines.")
    assert onset(room(agent, level=level, reverberation=reverberation), agent) is None


@pytest.mark.parametrize("level", [0.0, 0.05, 0.2])
def test_a_person_who_speaks_into_the_echo_is_noticed(level: float) -> None:
    agent = voice("I can tell you the time and the date, do arithmetic, and flip a coin.")
    person = synthesize("stop it now", 16000).astype(float)
    heard = room(agent, level=level, reverberation=0.35)
    start = 2 * 16000
    heard[start : start + len(person)] += person
    noticed = onset(heard, agent)
    assert noticed is not None
    assert 2.0 <= noticed <= 2.25


def test_while_the_agent_is_silent_nothing_is_an_echo() -> None:
    guard = EchoGuard(Reference())
    samples = synthesize("hello there", 16000)
    frames = [samples[at : at + FRAME] for at in range(0, len(samples) - FRAME, FRAME)]
    assert not any(
        guard.is_echo(VoicedFrame(AudioFrame(frame[:, None], 16000), True, -20.0), index * 0.02)
        for index, frame in enumerate(frames)
    )


def test_what_the_agent_said_long_ago_is_forgotten() -> None:
    reference = Reference()
    reference.play(AudioFrame(synthesize("hello", 24000)[:, None], 24000), 1.0)
    assert len(reference.recent(3.4)) > 0
    assert len(reference.recent(3.6)) == 0


@pytest.mark.parametrize("level", [0.03, 0.1, 0.3, 1.0])
def test_on_a_loudspeaker_the_agent_finishes_its_story(
    call_lab: MakeLab, assistant: Path, level: float
) -> None:
    lab = scripted(call_lab(assistant))
    alice = lab.join("Alice").listens_by_loudspeaker(level=level, delay=0.15)
    alice.says("tell me a story", at=1.0)
    timeline = lab.run(13)
    (story,) = timeline.heard("Alice")
    assert story.text == STORY
    assert timeline.interruptions == []
    assert {entry.turn for entry in timeline.of(Captioned)} == {1}


@pytest.mark.parametrize("level", [0.03, 0.1, 0.3])
def test_on_a_loudspeaker_too_a_person_can_talk_over_the_agent(
    call_lab: MakeLab, assistant: Path, level: float
) -> None:
    lab = scripted(call_lab(assistant))
    alice = lab.join("Alice").listens_by_loudspeaker(level=level, delay=0.15)
    alice.says("tell me a story", at=1.0).says("hello there", at=5.0)
    timeline = lab.run(10)
    story, answer = timeline.heard("Alice")
    assert story.end <= 5.12
    assert answer.text == GREETING
    # What the ear got is the person alone.
    assert timeline.captions("Alice") == ["tell me a story", "hello there"]
