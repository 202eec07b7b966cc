"""What `from callboard import ...` offers, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import callboard

HEAVY = ("aiortc", "aioice", "av", "hypercorn", "starlette", "rich", "onnxruntime", "cryptography")


def loaded_after(code: str) -> list[str]:
    """The heavy packages that are loaded when `code` has run."""
    check = f"import sys; {code}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def for_type_checkers() -> dict[str, str]:
    """The names below `if TYPE_CHECKING`, each with its module."""
    source = Path(callboard.__file__).read_text(encoding="utf-8")
    [block] = [node for node in ast.parse(source).body if isinstance(node, ast.If)]
    found: dict[str, str] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        [name] = node.names
        assert name.asname == name.name, "only X as X is a public name for a checker"
        assert node.module is not None
        found[name.name] = node.module
    return found


def test_checkers_see_what_there_is() -> None:
    at_run_time = {name: module for module, names in callboard._NAMES_OF.items() for name in names}
    assert for_type_checkers() == at_run_time


def test_every_name_leads_somewhere_and_is_listed_once() -> None:
    assert len(callboard.__all__) == len(set(callboard.__all__))
    for name in callboard.__all__:
        assert getattr(callboard, name) is not None, name
    assert set(callboard.__all__) <= set(dir(callboard))


def test_an_unknown_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'callboard' has no attribute 'Telephone'$"):
        callboard.Telephone  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import callboard") == []
    assert loaded_after("import callboard; callboard.AudioFrame; callboard.Graph") == ["rich"]


def test_wiring_an_agent_loads_no_network_and_no_model() -> None:
    names = (
        "Call, Conversation, Dialogue, Hearing, Microphone, Speaker, Speaking, Thinking, Turns, "
        "Vad, dialogue"
    )
    # structlog's console loads rich where it is installed.
    assert set(loaded_after(f"from callboard import {names}")) <= {"rich"}
