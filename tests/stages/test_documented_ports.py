"""The table of the stages' ports in the docs says what there is."""

import re
from pathlib import Path

import pytest

import callboard
from runtime import Actor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stages.md"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
PORT = re.compile(r"`(\w+)`: `\w+`")
STAGES = ["Vad", "Turns", "Hearing", "Conversation", "Thinking", "Speaking", "Recorder"]


def documented() -> dict[str, tuple[list[str], list[str]]]:
    page = PAGE.read_text(encoding="utf-8")
    return {name: (PORT.findall(ins), PORT.findall(outs)) for name, ins, outs in ROW.findall(page)}


@pytest.mark.parametrize("name", STAGES)
def test_the_table_names_every_port(name: str) -> None:
    kind: type[Actor] = getattr(callboard, name)
    actor = kind("call.wav") if name == "Recorder" else kind()
    assert documented()[name] == (list(actor.inlets()), list(actor.outlets()))
    required = [n for n, port in actor.inlets().items() if not port.options.optional]
    assert required == (["people"] if name == "Recorder" else [])
