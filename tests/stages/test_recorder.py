"""A recording is what was heard, on both sides."""

import logging
from pathlib import Path

import attrs
import numpy as np
import pytest
import trio
from talking import GREETING, STORY, assistant_wires, scripted

from actors.messages import Recording
from actors.stages.recorder import Recorder
from callboard import Call, Graph
from callboard.testing import MakeHarness, MakeLab
from callboard.testing.lab import Agent
from callboard.testing.synthetic import read
from media.errors import FormatError
from media.files import AudioFile
from media.wav import read_wav
from runtime import Actor, Context, Out


def recording_agent(path: Path, **options: bool) -> Agent:
    def agent(call: Call) -> Graph:
        stages = assistant_wires(call)
        recorder = Recorder(path, **options)
        return Graph(
            *stages.wires,
            call.audio >> recorder.people,
            stages.microphone.wire >> recorder.agent,
            call.played >> recorder.played,
        )

    return agent


def test_people_are_on_the_left_and_the_agent_on_the_right(
    call_lab: MakeLab, tmp_path: Path
) -> None:
    lab = scripted(call_lab(recording_agent(tmp_path / "call.wav")))
    lab.join("Alice").says("hello there", at=1.0)
    timeline = lab.run(6)
    recording = read_wav(tmp_path / "call.wav")
    assert (recording.sample_rate, recording.channels) == (24000, 2)
    assert recording.duration == pytest.approx(6.0, abs=0.06)
    left, right = recording.samples[:, 0], recording.samples[:, 1]
    assert read(np.ascontiguousarray(left), 24000) == "hello there"
    assert read(np.ascontiguousarray(right), 24000) == GREETING
    # At the moments at which they sounded, within the call's own buffers.
    (answer,) = timeline.heard("Alice")
    start = np.flatnonzero(np.abs(right) > 64)[0] / 24000
    assert start == pytest.approx(answer.at, abs=0.045)


def test_of_an_interrupted_reply_only_what_was_heard_is_recorded(
    call_lab: MakeLab, tmp_path: Path
) -> None:
    lab = scripted(call_lab(recording_agent(tmp_path / "call.wav")))
    lab.join("Alice").says("tell me a story", at=1.0).says("hello there", at=5.0)
    timeline = lab.run(10)
    right = np.ascontiguousarray(read_wav(tmp_path / "call.wav").samples[:, 1])
    assert read(right, 24000) == " ".join(entry.text for entry in timeline.heard("Alice"))
    assert STORY not in read(right, 24000)


def test_a_crash_of_the_recorder_goes_on_in_a_second_file(
    call_lab: MakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)
    lab = scripted(call_lab(recording_agent(tmp_path / "call.wav")))
    lab.join("Alice").says("hello there", at=1.0)
    lab.kill("recorder", at=2.0)
    lab.run(6)
    first, second = (read_wav(tmp_path / name) for name in ("call.wav", "call-2.wav"))
    assert first.duration + second.duration == pytest.approx(6.0, abs=0.1)
    assert read(np.ascontiguousarray(first.samples[:, 0]), 24000) == "hello there"


def test_in_opus_and_in_one_channel(call_lab: MakeLab, tmp_path: Path) -> None:
    lab = scripted(call_lab(recording_agent(tmp_path / "call.ogg", stereo=False)))
    lab.join("Alice").says("hello there", at=1.0)
    lab.run(6)
    with AudioFile(tmp_path / "call.ogg") as file:
        assert file.duration == pytest.approx(6.0, abs=0.1)


@attrs.frozen
class Agreement(Actor):
    answers = Out[bool]()

    async def run(self, ctx: Context) -> None:
        await trio.sleep(2.5)
        await self.answers.send(True)
        await trio.sleep_forever()


def test_nothing_is_recorded_before_there_is_consent(call_lab: MakeLab, tmp_path: Path) -> None:
    def agent(call: Call) -> Graph:
        recorder, agreement = Recorder(tmp_path / "call.wav"), Agreement()
        return Graph(call.audio >> recorder.people, agreement.answers >> recorder.consent)

    lab = call_lab(agent)
    lab.join("Alice").says("a secret", at=1.0).says("hello", at=3.0)
    lab.run(5)
    recording = read_wav(tmp_path / "call.wav")
    assert read(np.ascontiguousarray(recording.samples[:, 0]), 24000) == "hello"
    assert recording.duration == pytest.approx(2.5, abs=0.06)


def test_another_suffix_is_told_at_once() -> None:
    with pytest.raises(FormatError, match=r"ends in \.wav or \.ogg; call\.mp3 does not"):
        Recorder("call.mp3")


def test_whether_it_records_is_told_for_every_page_to_show(
    harness: MakeHarness, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path / "call.wav")
    bench = harness(recorder)
    bench.feed(recorder.consent, True, at=1.0)
    bench.feed(recorder.consent, False, at=2.0)
    bench.expect(recorder.recording, Recording(False), at=0.0)
    bench.expect(recorder.recording, Recording(True), at=1.0)
    bench.expect(recorder.recording, Recording(False), at=2.0)
    bench.run(3)


def test_without_a_question_of_consent_it_records_from_the_start(
    harness: MakeHarness, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path / "call.wav")
    bench = harness(recorder)
    bench.expect(recorder.recording, Recording(True), at=0.0)
    bench.run(1)
