"""The table of the stages' ports in the docs says what there is."""

import re
from pathlib import Path

import pytest

import callboard
from runtime import Actor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stages.md"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
PORT = re.compile(r"`(\w+)`: `\w+`")
CONVERSATION = ["Vad", "Turns", "Hearing", "Conversation", "Thinking", "Speaking"]
FILES = {"Recorder": "call.wav", "CaptionFile": "call.vtt", "HoldMusic": "music.wav"}


def documented() -> dict[str, tuple[list[str], list[str]]]:
    page = PAGE.read_text(encoding="utf-8")
    return {name: (PORT.findall(ins), PORT.findall(outs)) for name, ins, outs in ROW.findall(page)}


@pytest.mark.parametrize("name", [*CONVERSATION, *FILES])
def test_the_table_names_every_port(name: str) -> None:
    kind: type[Actor] = getattr(callboard, name)
    actor = kind(FILES[name]) if name in FILES else kind()
    assert documented()[name] == (list(actor.inlets()), list(actor.outlets()))


@pytest.mark.parametrize("name", CONVERSATION)
def test_a_stage_may_stand_alone(name: str) -> None:
    actor: Actor = getattr(callboard, name)()
    assert all(port.options.optional for port in actor.inlets().values())
