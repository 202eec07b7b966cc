"""The wires of a conversation, where they are written out to be read, are those of `dialogue`.

A wire that one of them lacks is a fault that others copy: without `vad.playing` an agent takes its
own voice, back through a loudspeaker, for a person.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callboard import Call, dialogue

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_OUT = (ROOT / "docs" / "stages.md", ROOT / "examples" / "agents" / "assistant.py")


@pytest.mark.parametrize("path", WRITTEN_OUT, ids=lambda path: path.name)
def test_the_wires_that_are_written_out_are_those_of_dialogue(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wires = {f"{a} >> {b}" for a, b in re.findall(r"(\w+\.\w+) >> (\w+\.\w+)", text)}
    assert wires == {str(w) for w in dialogue(Call("http://127.0.0.1/lobby")).wires}
