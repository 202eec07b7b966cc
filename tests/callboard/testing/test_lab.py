"""The call lab: agents by path, people, and what it says when a test asks for what cannot be."""

import logging
from pathlib import Path
from typing import ClassVar

import attrs
import numpy as np
import pytest
import trio

from callboard import Actor, AudioFrame, Call, Context, Graph, Out, Receive, Send, stage
from callboard.testing import (
    AgentFailedError,
    CallLab,
    LabError,
    MakeLab,
    NotScriptedError,
    Probe,
)
from callboard.testing.timeline import Heard
from media.wav import write_wav

ASSISTANT = Path(__file__).resolve().parents[3] / "examples" / "agents" / "assistant.py"

ECHO = """
from contextlib import asynccontextmanager
from pathlib import Path

from callboard import AudioFrame, Call, Graph, Receive, Send, stage

{service}

@stage
async def louder(inlet: Receive[AudioFrame], outlet: Send[AudioFrame], *, by: float = 1.0) -> None:
    async for frame in inlet:
        await outlet.send(frame.scaled(by))


{sort}def agent(call: Call{shared}) -> Graph:
    return Graph(call.audio >> louder(by=float(call.args.get("by", "1"))) >> call.microphone)
"""


def agent_file(folder: Path, *, service: str = "", shared: str = "", sort: str = "") -> Path:
    path = folder / "my_agent.py"
    path.write_text(ECHO.format(service=service, shared=shared, sort=sort), encoding="utf-8")
    return path


@pytest.mark.parametrize("sort", ["", "async "])
def test_an_agent_by_the_path_of_its_file(call_lab: MakeLab, tmp_path: Path, sort: str) -> None:
    lab = call_lab(agent_file(tmp_path, sort=sort))
    lab.join("Alice").says("hello there", at=1.0)
    [echo] = lab.run(4).heard("Alice")
    assert echo.text == "hello there"
    assert 0.02 <= echo.at - 1.0 <= 0.1


def test_what_a_file_shares_is_entered_once_and_left(call_lab: MakeLab, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    service = f"""
@asynccontextmanager
async def service():
    with Path({str(diary)!r}).open("a") as diary:
        diary.write("in ")
        yield diary
        diary.write("out")
"""
    lab = call_lab(agent_file(tmp_path, service=service, shared=", shared"))
    lab.join("Alice")
    lab.run(1)
    assert diary.read_text() == "in out"


def test_arguments_reach_the_agent(call_lab: MakeLab, tmp_path: Path) -> None:
    lab = call_lab(agent_file(tmp_path), args={"by": "0"})
    lab.join("Alice").says("hello", at=1.0)
    assert lab.run(3).heard() == []


@pytest.mark.parametrize("codec", ["l16", "opus"])
def test_a_recording_of_any_rate_and_channels_is_played(
    call_lab: MakeLab, tmp_path: Path, codec: str
) -> None:
    tone = (8000 * np.sin(np.arange(44100) * 0.06)).astype(np.int16)
    write_wav(tmp_path / "tone.wav", AudioFrame(np.stack([tone, tone], axis=1), 44100))
    lab = call_lab(agent_file(tmp_path), codec=codec)
    lab.join("Alice").plays(tmp_path / "tone.wav", at=1.0)
    timeline = lab.run(4)
    assert str(timeline.said()[0]) == 'Alice says "[tone.wav]"'
    heard = timeline.heard("Alice")
    assert sum(each.end - each.at for each in heard) == pytest.approx(1.0, abs=0.08)
    recording = lab.recording("Alice")
    assert (recording.sample_rate, len(recording)) == (48000, 4 * 48000)
    assert np.abs(recording.samples).max() > 5000


def test_a_bad_network_may_be_one_persons_alone(call_lab: MakeLab, tmp_path: Path) -> None:
    lab = call_lab(agent_file(tmp_path))
    lab.join("Alice").says("hello there", at=1.0)
    lab.join("Bob")
    lab.wire("Bob", loss=1.0)
    timeline = lab.run(4)
    assert [each.text for each in timeline.heard("Alice")] == ["hello there"]
    assert timeline.heard("Bob") == []


def test_an_outage_cuts_what_was_said_meanwhile(call_lab: MakeLab, tmp_path: Path) -> None:
    lab = call_lab(agent_file(tmp_path))
    lab.join("Alice").says("abcdefghij", at=1.0)
    lab.wire(outages=[(1.0, 1.3)])
    text = "".join(each.text for each in lab.run(4).heard("Alice"))
    assert "j" in text
    assert "b" not in text


def test_a_question_without_a_reply_is_named(call_lab: MakeLab) -> None:
    lab = call_lab(ASSISTANT)
    lab.join("Alice").says("who", at=1.0)
    lab.script(hearing=0.1, thinking={"hello": "Hi."}, speaking=0.0)
    with pytest.raises(NotScriptedError, match=r"asked 'who', and the script answers only 'hello'"):
        lab.run(5)


@attrs.frozen
class Doomed(Actor):
    essential: ClassVar[bool] = True
    max_restarts: ClassVar[int] = 0
    outlet = Out[int]()

    async def run(self, ctx: Context) -> None:
        await trio.sleep(1)
        raise ValueError("doomed")


def test_an_agent_that_ends_by_an_error_is_told_as_such(
    call_lab: MakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)

    def agent(call: Call) -> Graph:
        return Graph(call.audio >> Probe().inlet, Doomed().outlet >> Probe().inlet)

    with pytest.raises(AgentFailedError, match="doomed needed more than 0 restarts"):
        call_lab(agent).run(3)


@stage
async def through(inlet: Receive[AudioFrame], outlet: Send[AudioFrame]) -> None:
    async for frame in inlet:
        await outlet.send(frame)


def simple(call: Call) -> Graph:
    return Graph(call.audio >> through() >> call.microphone)


def test_what_cannot_be_is_one_sentence(call_lab: MakeLab, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="there is no agent file"):
        call_lab(tmp_path / "nobody.py").run(1)
    lab = call_lab(simple)
    lab.kill("voice", at=1.0)
    with pytest.raises(LabError, match="no actor or group 'voice' to kill; the graph has call, th"):
        lab.run(2)
    lab = call_lab(simple)
    alice = lab.join("Alice")
    with pytest.raises(LabError, match="Alice is in this lab already"):
        lab.join("Alice")
    with pytest.raises(LabError, match="at=-1 is before the call"):
        alice.says("hello", at=-1)
    with pytest.raises(LabError, match="there is no 'Bob' in this lab"):
        lab.wire("Bob", loss=0.1)
    with pytest.raises(LabError, match="hearing is a delay in seconds, 0 or more"):
        lab.script(hearing=-0.1)
    with pytest.raises(LabError, match=r"a delay of 0\.04 s or more"):
        alice.listens_by_loudspeaker(delay=0.0)
    with pytest.raises(LabError, match="packs audio as 'l16' or 'opus', not as 'mp3'"):
        CallLab(simple, codec="mp3")
    lab.run(1)
    with pytest.raises(LabError, match="this lab has run"):
        lab.run(1)
    with pytest.raises(LabError, match="no recording of 'Bob'"):
        lab.recording("Bob")


def test_an_interruption_ends_what_is_being_said(call_lab: MakeLab) -> None:
    lab = call_lab(ASSISTANT)
    lab.join("Alice").types("hello", at=1.0)
    lab.script(thinking={"hello": "A very long answer, that never ends."}, speaking=0.0)
    lab.interrupt(at=2.0)
    timeline = lab.run(5)
    [cut] = timeline.heard("Alice")
    assert cut.end <= 2.02
    assert [each.at for each in timeline.interruptions] == [2.0]


TWO_SENTENCES = {"coffee": "One coffee. Would you like milk?"}


def test_what_is_heard_has_the_spaces_between_its_sentences(call_lab: MakeLab) -> None:
    lab = call_lab(ASSISTANT)
    lab.join("Alice").types("coffee", at=1.0)
    lab.script(thinking=TWO_SENTENCES, speaking=0.0)
    [heard] = lab.run(5).heard("Alice")
    assert heard.text == "One coffee. Would you like milk?"
    # The space between the sentences takes no time: each of the other 31 letters does.
    assert heard.end - heard.at == pytest.approx(31 * 0.06, abs=0.003)


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        (9.5, "One coffee"),
        (10.5, "One coffee."),
        (11.5, "One coffee. W"),
        (13.5, "One coffee. Wou"),
    ],
)
def test_what_is_cut_is_heard_to_the_letter(call_lab: MakeLab, letters: float, text: str) -> None:
    def run(at: float | None) -> Heard:
        lab = call_lab(ASSISTANT)
        lab.join("Alice").types("coffee", at=1.0)
        lab.script(thinking=TWO_SENTENCES, speaking=0.0)
        if at is not None:
            lab.interrupt(at=at)
        [heard] = lab.run(5).heard("Alice")
        return heard

    began = run(None).at
    assert run(began + letters * 0.06).text == text
