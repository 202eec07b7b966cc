"""What `from callboard.testing import ...` offers, and that it costs nothing before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import callboard.testing


def test_checkers_see_what_there_is() -> None:
    source = Path(callboard.testing.__file__).read_text(encoding="utf-8")
    [block] = [node for node in ast.parse(source).body if isinstance(node, ast.If)]
    named = {alias.name for node in block.body for alias in node.names}
    assert named == set(callboard.testing.__all__)
    assert all(getattr(callboard.testing, name) is not None for name in named)


def test_the_plugin_loads_nothing_heavy() -> None:
    check = (
        "import sys, callboard.testing.plugin; "
        "print(*(m for m in ('trio', 'aiortc', 'av', 'numpy', 'actors') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
