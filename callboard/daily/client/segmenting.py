"""When one person speaks, in a stream of their audio: where utterances begin and end. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

from actors.stages.detectors import Detector
from media import AudioFrame

LEAD_FRAMES: Final = 10
"""Frames of 20 ms kept from before the speech was noticed."""

ONSET_FRAMES: Final = 3
PAUSE_FRAMES: Final = 35
"""Frames of silence after which an utterance has ended."""

Step = tuple[Literal["begin", "more", "end"], tuple[AudioFrame, ...]]


class Segmenting:
    """Takes 20 ms at a time and says what belongs to an utterance."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._lead: deque[AudioFrame] = deque(maxlen=LEAD_FRAMES)
        self._speaking = False
        self._run = 0

    def take(self, frame: AudioFrame) -> Step | None:
        """`begin` with the frames that lead in, `more` with the next, `end` with the last."""
        speech = self._detector.hear(frame.samples)
        if not self._speaking:
            self._lead.append(frame)
            self._run = self._run + 1 if speech else 0
            if self._run < ONSET_FRAMES:
                return None
            self._speaking, self._run = True, 0
            lead = tuple(self._lead)
            self._lead.clear()
            return "begin", lead
        self._run = 0 if speech else self._run + 1
        if self._run < PAUSE_FRAMES:
            return "more", (frame,)
        self._speaking, self._run = False, 0
        return "end", (frame,)
