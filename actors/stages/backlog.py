"""What one speaker has said lately and nobody has heard yet."""

from __future__ import annotations

from collections import deque

from actors.stages.turntaking.rules import TurnRules
from media import AudioFrame

_LONGEST = 15.0
"""Seconds that are kept of somebody who talks while another has the floor."""


class Backlog:
    """Frames of one source: its pre-roll, or all since its onset while it waits for the floor."""

    def __init__(self, rules: TurnRules) -> None:
        self._preroll = rules.preroll + rules.onset_within
        self._frames: deque[AudioFrame] = deque()
        self._seconds = 0.0

    def add(self, frame: AudioFrame, *, waiting: bool) -> None:
        """Keep a frame; while `waiting` the old ones stay, else only the pre-roll does."""
        self._frames.append(frame)
        self._seconds += frame.duration
        # A microsecond more: twenty-one frames of 20 ms do not add up to 0.42 exactly.
        while self._seconds > (_LONGEST if waiting else self._preroll) + 1e-6:
            self._seconds -= self._frames.popleft().duration

    def take(self) -> list[AudioFrame]:
        """Return all frames, oldest first, and forget them."""
        frames = list(self._frames)
        self._frames.clear()
        self._seconds = 0.0
        return frames
