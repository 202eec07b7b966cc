"""Who speaks: the loudest of those who are loud enough."""

from collections.abc import Iterable

import attrs

from media import AudioFrame
from media.levels import rms

SPEECH = 0.005
"""Level (rms, 1 is full scale) that counts as speech: -46 dBFS."""

RISE, FALL = 0.25, 0.04
"""Smoothing per 20 ms: a voice is noticed in about 100 ms and outlasts a breath."""

LEAD = 2.0
"""How much louder (6 dB) somebody must be to take over from who speaks."""


@attrs.frozen
class ActiveSpeaker:
    """Somebody else began to speak; `participant` is None when nobody has yet."""

    participant: str | None


class SpeakerDetector:
    """Follows everybody's level; a pure state machine, 20 ms at a time."""

    def __init__(self) -> None:
        self.participant: str | None = None
        """Who speaks, or spoke last."""
        self._levels: dict[str, float] = {}

    def hear(self, tick: Iterable[AudioFrame]) -> bool:
        """Take 20 ms of everybody; tell whether somebody else is the active speaker now."""
        levels: dict[str, float] = {}
        for frame in tick:
            if frame.source is not None:
                level, before = rms(frame.samples), self._levels.get(frame.source, 0.0)
                levels[frame.source] = before + (level - before) * (
                    RISE if level > before else FALL
                )
        self._levels = levels
        loudest = max(levels, key=levels.__getitem__, default=None)
        if loudest is None or loudest == self.participant or levels[loudest] < SPEECH:
            return False
        present = levels.get(self.participant or "", 0.0)
        if present >= SPEECH and levels[loudest] < LEAD * present:
            return False
        self.participant = loudest
        return True
