"""What the real tests stand on: a browser, a human voice, and pictures to look at.

A missing part skips with one line; with CALLBOARD_REQUIRE_REAL=1, as in CI, it fails.
With CALLBOARD_PICTURES=DIR every state that a test passes is written there, to be looked at.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

# The driver is a package of the tests, not of the project.
sys.path.insert(0, str(Path(__file__).parent))

from chromium import Page, find_chromium
from real_parts import SPEECH, Photograph, missing


@pytest.fixture(scope="session")
def chromium() -> None:
    """A browser is there."""
    if find_chromium() is None:
        missing("No Chromium on this machine: apt-get install chromium.")


@pytest.fixture(scope="session")
def human_speech() -> Path:
    """A person reading aloud, 16 kHz, some seconds."""
    if not SPEECH.exists():
        missing("No recording of a person: apt-get install pocketsphinx-testdata.")
    return SPEECH


@pytest.fixture(scope="session")
def voice() -> None:
    """A voice is installed."""
    if importlib.util.find_spec("hibari") is None:
        missing("No voice: pip install 'callboard[voice]'.")


@pytest.fixture(scope="session")
def recogniser() -> None:
    """Speech recognition is installed."""
    parts = ("onnxruntime", "moonshine_voice")
    if any(importlib.util.find_spec(part) is None for part in parts):
        missing("No recogniser: pip install 'callboard[voice]'.")


@pytest.fixture(scope="session")
def photograph() -> Photograph:
    """Writes what a page shows now into CALLBOARD_PICTURES, where that is set."""
    folder = os.environ.get("CALLBOARD_PICTURES")

    async def take(page: Page, name: str) -> None:
        if folder:
            await page.screenshot(Path(folder) / f"{name}.png")

    return take
