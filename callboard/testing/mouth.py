"""What one person's microphone picks up, in frames of 20 ms."""

import numpy as np
from numpy.typing import NDArray

RATE = 16000
"""Samples a second of a person's microphone."""

FRAME = RATE // 50
"""Samples in a frame: 20 ms."""

SILENCE = bytes(2 * FRAME)
"""A frame in which nobody speaks."""


class Mouth:
    """Sounds, each at its moment, cut into frames. Sounds that overlap are added, and saturate."""

    def __init__(self) -> None:
        self._frames: dict[int, NDArray[np.int16]] = {}

    def speak(self, samples: NDArray[np.int16], at: float) -> float:
        """Let `samples` (mono, `[n]`, 16 kHz) sound from second `at`; return when they end."""
        start = round(at * RATE)
        position = 0
        while position < len(samples):
            index, offset = divmod(start + position, FRAME)
            part = samples[position : position + FRAME - offset]
            frame = self._frames.setdefault(index, np.zeros(FRAME, np.int16))
            place = slice(offset, offset + len(part))
            total = frame[place].astype(np.int32) + part
            frame[place] = np.clip(total, -32768, 32767)
            position += len(part)
        return (start + len(samples)) / RATE

    def frame(self, index: int) -> bytes:
        """The samples from `index * 0.02` s on, 640 bytes, little-endian."""
        frame = self._frames.get(index)
        return SILENCE if frame is None else frame.astype("<i2", copy=False).tobytes()
