"""Counting what a link drops, and saying so, but not for each item."""

from __future__ import annotations

from collections.abc import Callable

import trio

QUIET = 1.0
"""Seconds between two reports of one link about one cause: 50 lost frames are one sentence."""

OnDrop = Callable[[str, str, int], None]
"""Gets the link, the cause and how many items were dropped since the last report."""


class Drops:
    """Items dropped by cause. The first of a cause is reported at once, then once in `QUIET`."""

    __slots__ = ("_link", "_on_drop", "_reported", "by_cause")

    def __init__(self, link: str, on_drop: OnDrop | None) -> None:
        self.by_cause: dict[str, int] = {}
        self._link = link
        self._on_drop = on_drop
        self._reported: dict[str, tuple[int, float]] = {}

    def count(self, cause: str, items: int = 1) -> None:
        """Count items that were dropped for `cause`."""
        if not items:
            return
        total = self.by_cause[cause] = self.by_cause.get(cause, 0) + items
        if self._on_drop is None:
            return
        now = trio.current_time()
        told, at = self._reported.get(cause, (0, -QUIET))
        if now - at >= QUIET:
            self._reported[cause] = (total, now)
            self._on_drop(self._link, cause, total - told)
