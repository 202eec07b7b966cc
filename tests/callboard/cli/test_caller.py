"""The scripted caller: when it speaks, what it finds in a recording, what it reports."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from callboard.cli.caller.report import (
    Report,
    Stretch,
    gaps,
    pauses,
    responses,
    utterances,
)
from callboard.cli.caller.script import CallerScript, Part
from callboard.cli.caller.tape import RATE, TICK, Tape
from callboard.testing.synthetic import synthesize
from media import AudioFrame

SILENCE = np.zeros(TICK, np.int16)
LOUD = np.full(TICK, 5000, np.int16)


def tone(seconds: float, peak: int = 8000) -> NDArray[np.int16]:
    t = np.arange(round(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


def quiet(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), np.int16)


def run(
    script: CallerScript, heard: list[tuple[float, float]], seconds: float
) -> NDArray[np.int16]:
    """Steps through a script whose other side is loud in these spans; returns what was said."""
    said: list[NDArray[np.int16]] = []
    for tick in range(round(seconds * 50)):
        at = tick / 50
        loud = any(start <= at < end for start, end in heard)
        said.append(script.step(LOUD if loud else SILENCE, connected=at >= 0.5))
    return np.concatenate(said)


def test_it_speaks_when_somebody_is_there_and_has_been_quiet_for_a_second() -> None:
    script = CallerScript([tone(0.4)])
    said = run(script, [], 3)
    assert utterances(said) == [Stretch(1.5, 1.9)]


def test_it_hears_a_greeting_out() -> None:
    said = run(CallerScript([tone(0.4)]), [(0.6, 4.0)], 8)
    assert utterances(said)[0].start == pytest.approx(5.0, abs=0.03)


def test_it_does_not_wait_for_somebody_who_never_stops() -> None:
    said = run(CallerScript([tone(0.4)]), [(0.6, 60.0)], 20)
    assert utterances(said)[0].start == pytest.approx(15.5, abs=0.05)


def test_each_recording_waits_until_the_answer_to_the_last_one_is_over() -> None:
    script = CallerScript([tone(0.4), tone(0.4)])
    said = run(script, [(2.5, 6.0)], 12)
    first, second = utterances(said)
    assert first.start == pytest.approx(1.5, abs=0.03)
    assert second.start == pytest.approx(7.5, abs=0.05)
    assert script.part is Part.LISTENING


def test_an_answer_that_began_while_it_spoke_counts() -> None:
    script = CallerScript([tone(4.0)])
    run(script, [(2.0, 5.6)], 8)
    assert script.part is Part.DONE


def test_it_gives_up_on_an_answer_after_a_while() -> None:
    script = CallerScript([tone(0.4)], wait=3.0)
    run(script, [], 4.8)
    assert script.part is Part.LISTENING
    run(script, [], 0.2)
    assert script.part is Part.DONE


def test_utterances_are_found_to_10_ms_and_joined_over_short_pauses() -> None:
    samples = np.concatenate([quiet(1), tone(1), quiet(0.3), tone(1), quiet(0.8), tone(0.5)])
    assert utterances(samples) == [Stretch(1.0, 3.3), Stretch(4.1, 4.6)]


def test_utterances_stand_out_of_a_recordings_own_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 300, 5 * RATE)  # -41 dBFS: louder than "quiet" is
    noise[RATE : 2 * RATE] += tone(1)
    [found] = utterances(noise.astype(np.int16))
    assert found.start == pytest.approx(1.0, abs=0.02)
    assert found.end == pytest.approx(2.0, abs=0.02)


def test_nothing_is_found_where_nobody_speaks() -> None:
    assert utterances(quiet(2)) == []
    assert utterances(np.zeros(0, np.int16)) == []


def test_sound_that_was_cut_off_is_a_gap() -> None:
    samples = np.concatenate([tone(1), quiet(0.1), tone(1)])
    assert gaps(samples, utterances(samples)) == [Stretch(1.0, 1.1)]


def test_a_gap_that_is_cut_on_one_side_alone_is_one() -> None:
    fading = tone(1) * np.linspace(1, 0, RATE)
    samples = np.concatenate([fading.astype(np.int16), quiet(0.1), tone(1)])
    [gap] = gaps(samples, utterances(samples))
    assert gap.end == pytest.approx(1.1)


def test_a_voices_own_pause_is_no_gap_but_a_pause() -> None:
    ramp = np.minimum(np.linspace(0, 20, RATE), np.linspace(20, 0, RATE)).clip(0, 1) ** 2
    word = (tone(1) * ramp).astype(np.int16)
    samples = np.concatenate([word, quiet(0.1), word])
    whole = utterances(samples)
    assert gaps(samples, whole) == []
    [pause] = pauses(samples, whole)
    assert pause.duration == pytest.approx(0.1, abs=0.021)


def test_silence_between_two_utterances_is_no_gap() -> None:
    samples = np.concatenate([tone(1), quiet(0.9), tone(1)])
    assert gaps(samples, utterances(samples)) == []


def test_a_response_is_the_first_speech_after_an_utterance_and_before_the_next() -> None:
    said = [Stretch(1, 2), Stretch(5, 6), Stretch(9, 10)]
    heard = [Stretch(1.5, 1.8), Stretch(2.5, 4), Stretch(4.2, 4.4), Stretch(10.25, 12)]
    found = responses(said, heard)
    assert [(r.utterance, r.speech, r.latency) for r in found] == [(0, 1, 0.5), (2, 3, 0.25)]


def test_a_tape_holds_both_sides_sample_beside_sample() -> None:
    tape = Tape()
    tape.add(LOUD, AudioFrame(SILENCE[:, None], RATE, pts=0))
    tape.add(SILENCE, AudioFrame(LOUD[:, None], RATE, pts=TICK))
    assert tape.seconds == 0.04
    stereo = tape.stereo().samples
    assert stereo[:, 0].tolist() == [5000] * TICK + [0] * TICK
    assert stereo[:, 1].tolist() == [0] * TICK + [5000] * TICK


def test_ticks_that_were_missed_stand_as_silence_and_are_counted() -> None:
    tape = Tape()
    tape.add(LOUD, AudioFrame(LOUD[:, None], RATE, pts=0))
    tape.add(LOUD, AudioFrame(LOUD[:, None], RATE, pts=3 * TICK))
    assert tape.missed == 2 * TICK
    assert tape.heard.tolist() == [5000] * TICK + [0] * 2 * TICK + [5000] * TICK


def test_the_measure_of_a_dialogue() -> None:
    said = np.concatenate([quiet(1), synthesize("how are you"), quiet(3)])
    end = utterances(said)[0].end
    heard = np.concatenate([quiet(end + 0.6), tone(1), quiet(5)])[: len(said)]
    tape = Tape()
    for start in range(0, len(said) - TICK + 1, TICK):
        frame = AudioFrame(heard[start : start + TICK, None], RATE, pts=start)
        tape.add(said[start : start + TICK], frame)
    speech = utterances(tape.heard)
    [response] = responses(utterances(tape.said), speech)
    assert response.latency == pytest.approx(0.6, abs=0.011)
    assert gaps(tape.heard, speech) == []


def report(**changes: object) -> Report:
    plain: dict[str, object] = {
        "url": "http://127.0.0.1:8765/lobby",
        "join_seconds": 0.1,
        "media_seconds": 0.25,
        "duration": 9.5,
        "participants": ("Assistant",),
        "utterances": (Stretch(1.0, 2.0, "Hello."),),
        "speech": (Stretch(2.5, 4.0, "Hi."),),
        "gaps": (Stretch(3.0, 3.05),),
        "longest_pause": 0.21,
        "reception": (),
        "missed": 0.0,
    }
    return Report(**{**plain, **changes})  # type: ignore[arg-type]


def test_the_report_as_data() -> None:
    data = report().as_json()
    assert data["agent_speech"] == [{"start": 2.5, "end": 4.0, "transcript": "Hi."}]
    assert data["utterances"] == [{"start": 1.0, "end": 2.0, "transcript": "Hello."}]
    assert data["response_latency"] == {"median": 0.5, "longest": 0.5}
    assert data["gaps"] == [{"start": 3.0, "duration": 0.05}]
    assert data["longest_gap"] == 0.05
    assert data["join_seconds"] == 0.1


def test_the_report_without_words_and_without_an_answer() -> None:
    bare = report(utterances=(Stretch(1.0, 2.0),), speech=(), gaps=())
    data = bare.as_json()
    assert data["utterances"] == [{"start": 1.0, "end": 2.0}]
    assert data["response_latency"] == {"median": None, "longest": None}
    assert data["longest_gap"] == 0.0


def test_the_report_as_text() -> None:
    assert report().as_text().splitlines() == [
        "joined after 0.10 s, media after 0.25 s; 9.5 s with Assistant",
        "   1.00 -   2.00  you   Hello.",
        "   2.50 -   4.00  they  Hi.",
        "response latency: median 0.50 s, longest 0.50 s",
        "1 gap(s) in speech, the longest 50 ms; 0 packet(s) lost",
    ]
