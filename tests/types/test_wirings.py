"""Wrong wirings are errors in pyright and mypy, right ones are not."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

WIRINGS = Path(__file__).with_name("wirings.py")
ROOT = Path(__file__).parents[2]


def expected() -> list[int]:
    lines = WIRINGS.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if line.endswith("# error")]


def check(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", *command, str(WIRINGS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def need(checker: str) -> None:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: pip install -e '.[dev]'")


def test_pyright() -> None:
    need("pyright")
    told = json.loads(check("pyright", "--outputjson"))["generalDiagnostics"]
    found = {d["range"]["start"]["line"] + 1 for d in told if d["severity"] == "error"}
    assert sorted(found) == expected()


def test_mypy(tmp_path: Path) -> None:
    need("mypy")
    told = check(
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--no-error-summary",
        f"--cache-dir={tmp_path}",
    )
    found = {int(line.split(":")[1]) for line in told.splitlines() if ": error: " in line}
    assert sorted(found) == expected()
