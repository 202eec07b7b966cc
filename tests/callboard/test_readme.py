"""The agent of the README is one: saved to a file, it answers."""

from __future__ import annotations

import re
from pathlib import Path

from callboard.testing.plugin import MakeLab

README = Path(__file__).resolve().parents[2] / "README.md"


def test_its_agent_answers(call_lab: MakeLab, tmp_path: Path) -> None:
    block = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    saved = tmp_path / "my_agent.py"
    saved.write_text(block[1], encoding="utf-8")
    lab = call_lab(saved)
    ada = lab.join("Ada")
    ada.says("what is two plus three", at=1.0)
    lab.script(hearing=0.2, speaking=0.05)
    assert [heard.text for heard in lab.run(8).heard("Ada")] == ["2 plus 3 is 5."]
