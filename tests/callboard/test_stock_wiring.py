"""Every agent that is shown to users wires the stock stages as the default agent does.

Each is written out, to be read as one file. A wire that one of them lacks is a fault that others
copy: without `vad.playing` an agent takes its own voice, back through a loudspeaker, for a person.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "examples" / "agents" / "assistant.py"
SHOWN = (
    ROOT / "docs" / "stages.md",
    ROOT / "docs" / "writing-an-agent.md",
    ROOT / "docs" / "testing.md",
    ROOT / "callboard" / "cli" / "scaffold" / "agent.py",
    ROOT / "examples" / "agents" / "concierge.py",
    ROOT / "examples" / "agents" / "two_agents.py",
)
NOT_THERE = {"two_agents.py": {("call.messages", "conversation.typed")}}
"""Two agents write nothing to each other."""


def wires(path: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"(\w+\.\w+) >> (\w+\.\w+)", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_the_stock_stages_are_wired_as_in_the_default_agent(path: Path) -> None:
    assert wires(DEFAULT) - wires(path) == NOT_THERE.get(path.name, set())
