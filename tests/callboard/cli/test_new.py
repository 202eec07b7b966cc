"""`callboard new` writes an agent that runs and a test that passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from callboard_program import callboard

pytestmark = pytest.mark.real


def test_the_generated_test_passes_and_the_agent_has_a_graph(tmp_path: Path) -> None:
    done = callboard("new", "barista", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["barista.py", "test_barista.py"]
    assert "my_agent" not in "".join(path.read_text() for path in tmp_path.iterdir())
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout
    drawn = callboard("graph", "barista.py", cwd=tmp_path)
    assert "dialogue/thinking  (Thinking, transient)" in drawn.out


def test_the_generated_test_can_fail(tmp_path: Path) -> None:
    callboard("new", "barista", cwd=tmp_path)
    agent = tmp_path / "barista.py"
    agent.write_text(agent.read_text().replace("You said", "You cried"))
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert tested.returncode == 1
    assert "2 failed, 1 passed" in tested.stdout


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "test_barista.py").write_text("mine", encoding="utf-8")
    done = callboard("new", "barista", cwd=tmp_path)
    assert (done.code, done.err) == (
        1,
        "callboard: test_barista.py exists already; nothing was written.\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["test_barista.py"]
    assert (tmp_path / "test_barista.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["two words", "1st", "class", "media", "../away"])
def test_a_name_that_cannot_be_one(name: str, tmp_path: Path) -> None:
    done = callboard("new", name, cwd=tmp_path)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
