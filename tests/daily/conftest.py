"""Every test begins without a context and leaves none."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callboard.daily import Daily
from callboard.daily.context import process
from callboard.daily.options import Options

sys.path.insert(0, str(Path(__file__).parent))

PATIENCE = 30.0
"""Seconds that a test waits for what has to come; a machine that is busy is no failure."""


@pytest.fixture(autouse=True)
def own_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("CALLBOARD_ROOM_URL", raising=False)
    monkeypatch.setattr(process, "options", Options())
    yield
    Daily.deinit()
    names = [thread.name for thread in threading.enumerate()]
    assert "daily-context" not in names


class Told:
    """A completion that can be waited for; a second call of it fails the test."""

    def __init__(self) -> None:
        self.values: list[tuple[object, ...]] = []
        self._event = threading.Event()

    def __call__(self, *values: object) -> None:
        self.values.append(values)
        self._event.set()

    @property
    def value(self) -> object:
        """What it was called with, once."""
        assert self._event.wait(PATIENCE), "the completion was never called"
        assert len(self.values) == 1, f"it was called {len(self.values)} times"
        return self.values[0] if len(self.values[0]) > 1 else self.values[0][0]


@pytest.fixture
def told() -> Callable[[], Told]:
    return Told
