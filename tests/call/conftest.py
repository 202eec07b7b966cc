"""What tests of the call share."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def run_asyncio():
    """Runs a coroutine function on an event loop of its own."""

    def run(function):
        with asyncio.Runner() as runner:
            return runner.run(function())

    return run
