"""What all tests may import: the command line as a program (`tests/programs`)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent / "programs"))


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """What a test does to the logs of this process, a command's set-up or silence, ends with it."""
    logger = logging.getLogger("callboard")
    disabled = logger.disabled
    yield
    logger.disabled = disabled
    structlog.reset_defaults()
