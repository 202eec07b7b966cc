"""Weights are read-only and large: one copy a process, loaded once, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LoadedOnce(Generic[T]):
    """Calls `load` at the first `get`, from whatever thread; the others wait for its result.

    A `load` that raises is tried again at the next `get`.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: list[T] = []

    def get(self) -> T:
        """Return what was loaded. Blocks while it loads: call it in a thread."""
        with self._lock:
            if not self._loaded:
                self._loaded.append(self._load())
            return self._loaded[0]

    @property
    def ready(self) -> bool:
        """True when `get` will not load."""
        return bool(self._loaded)
