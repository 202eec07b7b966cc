"""Samples that wait, oldest first."""

from collections import deque

import numpy as np

from media import Samples


class PcmQueue:
    """A queue of int16 `[n, channels]` in pieces of any length, each of a turn or of none."""

    def __init__(self, channels: int) -> None:
        self.frames = 0
        """Samples per channel that are queued."""
        self._channels = channels
        self._pieces: deque[tuple[Samples, int | None]] = deque()

    def push(self, samples: Samples, turn: int | None = None) -> None:
        """Queue a piece; it is kept as it is, not copied."""
        if len(samples):
            self._pieces.append((samples, turn))
            self.frames += len(samples)

    def take(self, frames: int) -> Samples:
        """Return the oldest samples, at most so many."""
        parts: list[Samples] = []
        missing = min(frames, self.frames)
        self.frames -= missing
        while missing:
            samples, turn = self._pieces.popleft()
            if len(samples) > missing:
                self._pieces.appendleft((samples[missing:], turn))
                samples = samples[:missing]
            parts.append(samples)
            missing -= len(samples)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros((0, self._channels), np.int16)

    def drop_turns(self, turn: int) -> int:
        """Drop what belongs to this turn and older ones; return how many samples that were."""
        kept = [piece for piece in self._pieces if piece[1] is None or piece[1] > turn]
        before, self.frames = self.frames, sum(len(samples) for samples, _ in kept)
        self._pieces = deque(kept)
        return before - self.frames

    def clear(self) -> int:
        """Drop everything; return how many samples that were."""
        dropped, self.frames = self.frames, 0
        self._pieces.clear()
        return dropped
