"""Parts that a machine may lack, and what is kept to be looked at."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from chromium import Page

RECORDINGS = Path("/usr/share/pocketsphinx/test/data")
LIBRIVOX = RECORDINGS / "librivox"
SPEECH = LIBRIVOX / "sense_and_sensibility_01_austen_64kb-0870.wav"

Photograph = Callable[[Page, str], Awaitable[None]]


def missing(part: str) -> None:
    if os.environ.get("CALLBOARD_REQUIRE_REAL") == "1":
        pytest.fail(part)
    pytest.skip(part)
