"""Tells the agent's own voice, back through a loudspeaker, from a person: by its sound.

What comes in is compared with what went out: the normalized cross-correlation of the last 200 ms
with the agent's last 2.5 s, at 8 kHz, pre-emphasized so that not every vowel matches. Measured
with a room of 0.35 s reverberation, direct and reverberant sound equally loud: an echo correlates
by 0.47 or more (first percentile), other speech at its best by 0.31. Once an echo is found, where
in the agent's voice it stands is known, and 80 ms tell.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.stages.messages import VoicedFrame
from media import AudioFrame, Samples
from media.resample import Resampler

Signal = NDArray[np.float32]

_HEARD_RATE: Final = 16000
_RATE: Final = 8000
_PRE_EMPHASIS: Final = 0.9
_WINDOW: Final = _RATE // 5
_SHORT: Final = _RATE * 2 // 25
_FEWEST: Final = _RATE * 3 // 50
_FEWEST_TOLD: Final = _RATE // 25
"""Sound that is 40 ms old tells something, before the third frame makes an onset of it."""
_SEARCHED: Final = 2.5
"""Seconds of the agent's voice that an echo may come from: a network, a room, a pause."""
_REST: Final = 0.1
"""Seconds without the agent's voice after which it begins anew."""
_ECHO: Final = 0.4
_TRACKED: Final = 0.3
"""The same at a known place, where chance has one try instead of thousands."""
_DRIFT: Final = 12
"""Samples by which an echo may move between two frames: 1.5 ms of a stretched jitter buffer."""
_AUDIBLE: Final = -75.0
"""dBFS of a frame under which there is nothing to compare."""
_FAINTEST: Final = 100.0
"""Power of what is compared that is more than the noise of a quiet room."""
_FRAMES: Final = 11
"""Frames of 20 ms that are compared: 200 ms, and one for the pre-emphasis."""
_LIKE_BEFORE: Final = 0.65
"""Of the likeness that the echo has had: when it falls below, somebody speaks into the echo."""

_TAIL: Final = 0.3
_TAIL_POWER: Final = 0.25
"""Seconds after an echo in which sound of less than half its loudness still counts as echo."""
_EAGER: Final = 6
_PATIENT: Final = 5
"""After six frames of speech that is no echo, every fifth is searched for one."""


class EchoGuard:
    """Compares one microphone with the agent's voice. Times are seconds of one clock."""

    def __init__(self, voice: Reference) -> None:
        self._voice = voice
        self._frames: deque[Samples] = deque(maxlen=_FRAMES)
        self._heard: Signal = np.zeros(0, np.float32)
        self._place: int | None = None
        self._likeness = 0.0
        self._power = 0.0
        self._echoed = -math.inf
        self._searched = 0

    def is_echo(self, voiced: VoicedFrame, now: float) -> bool:
        """Take the next frame (16 kHz mono) and tell whether it is the agent's own voice.

        To be asked of every frame in order. Free while either side is silent, 80 µs while an echo
        is followed, 0.5 ms for a search.
        """
        if self._voice.silent(now):
            self._frames.clear()
            self._place = None
            return False
        self._frames.append(voiced.frame.samples)
        if self._place is not None:
            self._place += len(voiced.frame) // 2
        if voiced.level < _AUDIBLE:
            self._searched = 0
            # A detector may hold on to a word that has ended.
            return now - self._echoed < _TAIL
        self._heard = _compared(np.concatenate(self._frames)[:, 0])[-_WINDOW:]
        if len(self._heard) < _WINDOW:
            # An onset is compared with an onset, silence before both.
            self._heard = np.pad(self._heard, (_WINDOW - len(self._heard), 0))
        reference = self._voice.recent(now)
        power = _power(self._heard[-_WINDOW // 10 :])
        if len(reference) >= _WINDOW and (self._follows(reference) or self._finds(reference)):
            self._echoed = now
            self._power = max(power, 0.9 * self._power)
            return True
        # What a room rings with after a word resembles nothing, but it is no louder than the word.
        return now - self._echoed < _TAIL and power < _TAIL_POWER * self._power

    def _follows(self, reference: Signal) -> bool:
        """Tell whether the echo goes on where it stood, give or take what a buffer stretches."""
        if self._place is None:
            return False
        start = self._place - self._voice.first + _WINDOW - _SHORT - _DRIFT
        piece = reference[max(start, 0) : start + _SHORT + 2 * _DRIFT]
        if start < 0 or len(piece) < _SHORT + 2 * _DRIFT:
            return False
        likeness, at = _best(self._heard[-_SHORT:], piece)
        if likeness < max(_TRACKED, _LIKE_BEFORE * self._likeness):
            return False
        self._likeness += 0.1 * (likeness - self._likeness)
        self._place += at - _DRIFT
        return True

    def _finds(self, reference: Signal) -> bool:
        """Look for the echo everywhere; somebody who goes on speaking is compared less often."""
        if _power(self._heard[-_FEWEST:-_FEWEST_TOLD]) < _FAINTEST:
            return False
        self._searched += 1
        if self._searched > _EAGER and self._searched % _PATIENT:
            return False
        likeness, at = _best(self._heard, reference)
        if likeness < max(_ECHO, _LIKE_BEFORE * self._likeness):
            self._place = None
            self._likeness *= 0.98
            return False
        self._place, self._searched = self._voice.first + at, 0
        return True


class Reference:
    """What the agent has said lately, at 8 kHz. It is converted only when somebody compares."""

    def __init__(self) -> None:
        self.first = 0
        """The number, counted from the first ever, of the first sample that is kept."""
        self._played: deque[tuple[float, AudioFrame]] = deque()
        self._pieces: deque[tuple[float, Signal]] = deque()
        self._joined: Signal | None = None
        self._spoke = self._converted = -math.inf
        self._resampler: Resampler | None = None

    def play(self, frame: AudioFrame, now: float) -> None:
        """Take what is on its way to the call."""
        self._spoke = now
        self._played.append((now, frame))
        while now - self._played[0][0] > _SEARCHED:
            self._played.popleft()

    def silent(self, now: float) -> bool:
        """Tell whether the agent has not spoken for as long as an echo may come back."""
        return now - self._spoke > _SEARCHED

    def recent(self, now: float) -> Signal:
        """All of the last seconds, in one piece."""
        while self._played:
            self._convert(*self._played.popleft())
        while self._pieces and now - self._pieces[0][0] > _SEARCHED:
            self.first += len(self._pieces.popleft()[1])
            self._joined = None
        if self._joined is None:
            pieces = [piece for _, piece in self._pieces]
            self._joined = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        return self._joined

    def _convert(self, at: float, frame: AudioFrame) -> None:
        samples = frame.mono().samples
        if frame.sample_rate != _HEARD_RATE:
            if self._resampler is None or self._resampler.source_rate != frame.sample_rate:
                self._resampler = Resampler(frame.sample_rate, _HEARD_RATE)
            samples = self._resampler.process(samples)
        if at - self._converted > _REST:
            # An onset is compared with an onset: what was before it belongs to it.
            self._pieces.append((at, np.zeros(_WINDOW, np.float32)))
        self._converted = at
        self._pieces.append((at, _compared(samples[:, 0])))
        self._joined = None


def _compared(samples: NDArray[np.int16]) -> Signal:
    """Return what is compared: half the rate, by pairs, and pre-emphasized.

    Both sides are treated alike, which is all that a comparison needs.
    """
    pairs = samples[: len(samples) // 2 * 2].astype(np.float32).reshape(-1, 2)
    halved = pairs[:, 0] + pairs[:, 1]
    emphasized = halved.copy()
    emphasized[1:] -= np.float32(_PRE_EMPHASIS) * halved[:-1]
    return emphasized


def _power(samples: Signal) -> float:
    return float(samples @ samples) / max(len(samples), 1)


def _best(heard: Signal, reference: Signal) -> tuple[float, int]:
    """Return the largest normalized correlation with a stretch of `reference`, and its start."""
    size = len(heard)
    places = len(reference) - size + 1
    if size * places < 20_000:
        product = np.correlate(reference, heard, "valid")
    else:
        length = -(-(len(reference) + size) // 1024) * 1024
        spectrum = np.fft.rfft(reference, length) * np.conj(np.fft.rfft(heard, length))
        product = np.fft.irfft(spectrum, length)[:places]
    energy = np.concatenate(([0.0], np.cumsum(np.square(reference, dtype=np.float64))))
    stretches = np.maximum(energy[size:] - energy[:-size], size * _FAINTEST / 4)
    likeness = np.abs(product) / np.sqrt(stretches * float(heard @ heard))
    at = int(likeness.argmax())
    return float(likeness[at]), at
