"""A WebVTT file of a call."""

import logging
from pathlib import Path

import pytest
from talking import assistant_wires, scripted

from actors.messages import Caption
from actors.stages.caption_file import CaptionFile, CaptionsCheckpoint
from callboard import Call, Graph
from callboard.testing import MakeLab


def captioned(path: Path):
    def agent(call: Call) -> Graph:
        stages, file = assistant_wires(call), CaptionFile(path)
        return Graph(
            *stages.wires,
            stages.conversation.captions >> file.captions,
            call.participants >> file.participants,
        )

    return agent


def cues(path: Path) -> list[list[str]]:
    head, *blocks = path.read_text(encoding="utf-8").split("\n\n")
    assert head.strip() == "WEBVTT"
    return [block.strip().split("\n") for block in blocks]


def test_who_said_what_and_of_the_agent_what_was_heard(call_lab: MakeLab, tmp_path: Path) -> None:
    lab = scripted(call_lab(captioned(tmp_path / "call.vtt")))
    lab.join("Alice").says("tell me a story", at=1.0).says("hello there", at=5.0)
    lab.run(9)
    assert [text for _, text in cues(tmp_path / "call.vtt")] == [
        "<v Alice>tell me a story",
        "<v Agent>Once upon a time there was an actor",
        "<v Alice>hello there",
        "<v Agent>Hi Alice, how are you?",
    ]
    starts = [times.split(" --> ")[0] for times, _ in cues(tmp_path / "call.vtt")]
    assert starts == sorted(starts)
    assert starts[0] == "00:00:01.292"


def test_a_crash_goes_on_in_the_same_file(
    call_lab: MakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("callboard"), "disabled", True)
    lab = scripted(call_lab(captioned(tmp_path / "call.vtt")))
    lab.join("Alice").says("hello there", at=1.0)
    lab.kill("caption_file", at=3.0)
    lab.run(9)
    assert [text for _, text in cues(tmp_path / "call.vtt")] == [
        "<v Alice>hello there",
        "<v Agent>Hi Alice, how are you?",
    ]


def test_cues_are_written_in_the_order_in_which_they_began() -> None:
    taken = CaptionsCheckpoint()
    assert taken.take(Caption("alice", 1, "a"), 1.0) == []
    assert taken.take(Caption("bob", 2, "b", final=True), 2.0) == []
    written = taken.take(Caption("alice", 1, "a b", final=True), 4.0)
    assert [cue.split("\n")[1] for cue in written] == [
        "00:00:01.000 --> 00:00:04.000",
        "00:00:02.000 --> 00:00:02.500",
    ]


def test_what_was_said_makes_no_tag() -> None:
    taken = CaptionsCheckpoint()
    [cue] = taken.take(Caption("a<b", 1, "x --> y & <i>", final=True), 3600.0)
    assert cue == ("\n01:00:00.000 --> 01:00:00.500\n<v a&lt;b>x --&gt; y &amp; &lt;i&gt;\n")


def test_nothing_said_is_no_cue() -> None:
    assert CaptionsCheckpoint().take(Caption("alice", 1, "", final=True), 1.0) == []
