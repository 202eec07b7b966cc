"""What a link tells about itself."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class LinkStatistics:
    """A moment of a link. Ages in seconds; `dropped` counts items by cause.

    Causes: `oldest`, `newest`, `latest` (overflow), `stale` (below the turn floor), `standing`
    (a queue that never ran empty), `age` (older than `max_age`), `discarded` (nobody receives).
    """

    source: str
    target: str
    capacity: int
    overflow: str
    sent: int
    received: int
    dropped: Mapping[str, int]
    depth: int
    high_water: int
    oldest_age: float
    floor: int
    closed: bool
    senders_waiting: int = 0
