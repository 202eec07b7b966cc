"""Voice activity detection, called directly."""

from __future__ import annotations

import importlib
import importlib.util
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from callboard.daily.checks import check_audio_format, pcm_of
from callboard.daily.errors import BadValueError
from callboard.daily.shapes import made, made_by
from media import Samples
from media.resample import Resampler

if TYPE_CHECKING:
    from typing_extensions import Buffer

HEARD_RATE: Final = 16_000


class Scorer:
    """The confidence that somebody speaks in one stream of int16 `[n]` at 16 kHz.

    Args:
        confidence: tells it of one window.
        window: samples of a window.
    """

    def __init__(self, confidence: Callable[[Samples], float], window: int) -> None:
        self._confidence = confidence
        self._window = window
        self._held = np.zeros(0, np.int16)
        self._last = 0.0

    def score(self, samples: Samples) -> float:
        """Return the mean over the windows that are complete now; else the last mean."""
        held = np.concatenate((self._held, samples))
        whole = len(held) - len(held) % self._window
        self._held = held[whole:]
        if whole:
            windows = held[:whole].reshape(-1, self._window)
            self._last = float(np.mean([self._confidence(each) for each in windows]))
        return self._last


def earshot() -> Scorer:
    """A small recurrent network; a window of 16 ms at a time."""
    return Scorer(importlib.import_module("earshot").Detector().predict_i16, 256)


def webrtc() -> Scorer:
    """WebRTC's mixtures at its four strictnesses: how many of them hear speech, of four."""
    module = importlib.import_module("webrtcvad")
    detectors = [module.Vad(mode) for mode in range(4)]

    def confidence(window: Samples) -> float:
        pcm = window.tobytes()
        return sum(detector.is_speech(pcm, HEARD_RATE) for detector in detectors) / 4

    return Scorer(confidence, 160)


def _scorer() -> Scorer:
    return earshot() if importlib.util.find_spec("earshot") else webrtc()


@made_by("Daily.create_native_vad")
class NativeVad:
    """Tells speech from everything else in one stream of audio, given in order."""

    _rate: int
    _channels: int
    _period: int
    _since_reset: float
    _scorer: Scorer
    _resampler: Resampler | None

    @property
    def channels(self) -> int:
        """As given at creation."""
        return self._channels

    @property
    def reset_period_ms(self) -> int:
        """After so much audio without speech the detector begins anew."""
        return self._period

    @property
    def rest_period_ms(self) -> int:
        """`reset_period_ms`, as the original's stub spells it."""
        return self._period

    @property
    def sample_rate(self) -> int:
        """As given at creation."""
        return self._rate

    def analyze_frames(self, frames: Buffer) -> float:
        """The confidence, 0 to 1, that somebody speaks in this audio.

        `frames` is 16-bit PCM of any multiple of 10 ms. Raises `ValueError` for another length.
        """
        data = pcm_of(frames, self._channels)
        step = self._rate // 100
        samples = np.frombuffer(data, np.int16).reshape(-1, self._channels)
        if len(samples) == 0 or len(samples) % step:
            raise BadValueError(
                f"{len(samples)} frames are no multiple of 10 ms: give {step}, {2 * step}, ... "
                f"frames at {self._rate} Hz."
            )
        score = min(1.0, max(0.0, self._scorer.score(self._heard(samples))))
        self._since_reset = 0.0 if score >= 0.5 else self._since_reset + len(samples) / step * 10
        if self._since_reset >= self._period:
            # In the middle of speech a fresh detector would lose a word: it is renewed in a pause.
            self._scorer, self._since_reset = _scorer(), 0.0
        return score

    def _heard(self, samples: Samples) -> Samples:
        mono = samples if self._channels == 1 else samples.mean(axis=1, keepdims=True)
        mono = mono.astype(np.int16)
        if self._resampler is not None:
            mono = self._resampler.process(mono)
        return mono[:, 0]


def native_vad(reset_period_ms: int, sample_rate: int, channels: int) -> NativeVad:
    """Make one. Raises `ValueError` for a rate, channels or period that cannot be."""
    period = operator.index(reset_period_ms)
    if period < 10:
        raise BadValueError(f"reset_period_ms is {period}; it must be 10 or more.")
    rate, count = check_audio_format(sample_rate, channels)
    if rate % 100:
        raise BadValueError(f"sample_rate is {rate}; it must hold a whole number in 10 ms.")
    resampler = None if rate == HEARD_RATE else Resampler(rate, HEARD_RATE)
    return made(
        NativeVad,
        rate=rate,
        channels=count,
        period=period,
        resampler=resampler,
        scorer=_scorer(),
        since_reset=0.0,
    )
