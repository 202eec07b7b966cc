"""What the tests of a whole conversation share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ASSISTANT = Path(__file__).resolve().parents[2] / "examples" / "agents" / "assistant.py"


@pytest.fixture
def assistant() -> Path:
    """The agent of `callboard talk`, by the path of its file."""
    return ASSISTANT
