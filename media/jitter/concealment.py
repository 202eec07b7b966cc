"""Conceals a loss: the decoder's guess, which fades into the sound of the room."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from media.audio_frame import Samples
from media.errors import MediaError
from media.jitter.stretch import Stretcher

_REMEMBERED: Final = 50
_EVERY: Final = 3
"""Packets among which the quietest tells the background: three seconds of speech have a pause,
and a pause lasts three packets."""

_LOUDEST: Final = 64.0
"""Root mean square, about -54 dBFS, as a quiet room: what was louder all the time was no pause."""

_STRIDE: Final = 4999
"""Where the next piece of the same noise begins, so that no period is heard."""


class BackgroundNoise:
    """Noise as loud as the quietest of the last three seconds; digital silence stays silent."""

    def __init__(self, channels: int) -> None:
        self._channels: Final = channels
        self._recent: Final[deque[Samples]] = deque(maxlen=_REMEMBERED)
        self._level: float | None = None
        self._heard = self._at = 0

    def hear(self, samples: Samples) -> None:
        """Remember a packet's audio as it is: most calls never need it."""
        self._heard += 1
        if self._heard % _EVERY == 1:
            self._recent.append(samples)
            self._level = None

    def take(self, samples: int) -> Samples:
        """Return so many samples of background."""
        level = self._level
        if level is None:
            level = self._level = self._measured()
        if not level:
            return np.zeros((samples, self._channels), np.int16)
        noise = _noise()
        places = np.arange(self._at, self._at + samples) % len(noise)
        self._at += samples + _STRIDE
        piece = np.rint(noise[places] * level).astype(np.int16)
        return np.repeat(piece[:, None], self._channels, axis=1)

    def _measured(self) -> float:
        powers = (
            float(np.mean(np.square(samples, dtype=np.float32)))
            for samples in self._recent
            if len(samples)
        )
        return min(min(powers, default=0.0) ** 0.5, _LOUDEST)

    def clear(self) -> None:
        self._recent.clear()
        self._level = None


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.float32]:
    """Return noise of unit power, white but for smoothing over three samples; always the same."""
    white = np.random.default_rng(0).standard_normal(16384, np.float32)
    noise = (np.roll(white, 1) + 2 * white + np.roll(white, -1)) / np.float32(6**0.5)
    noise.setflags(write=False)
    return noise


class Decoder(Protocol):
    """One stream's decoder; `media.opus.OpusDecoder` and `media.l16.L16Decoder` are two.

    All samples are int16 `[n, channels]` at `sample_rate`. What is malformed raises a
    `media.errors.MediaError`, which the buffer counts.
    """

    @property
    def sample_rate(self) -> int:
        """Samples a second of what it returns."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def clock_rate(self) -> int:
        """Ticks a second of the stream's RTP time stamps."""
        ...

    def duration(self, payload: bytes) -> int:
        """Return a payload's length in ticks, without decoding it."""
        ...

    def decode(self, payload: bytes) -> Samples:
        """Return a payload's samples."""
        ...

    def conceal(self, samples: int) -> Samples:
        """Return so many samples in place of lost ones."""
        ...

    def has_fec(self, payload: bytes) -> bool:
        """Tell whether a payload carries its predecessor's audio too."""
        ...

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """Return the samples before `next_payload`, from its redundancy."""
        ...

    def is_silence(self, payload: bytes) -> bool:
        """Tell whether the sender may send nothing after this payload, on purpose (DTX)."""
        ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


_HOLD: Final = 0.060
"""Seconds for which a guess is believed; speech has changed after that."""

_FADE: Final = 0.100

_PIECE: Final = 0.010
"""Seconds: a guess is made in pieces of so much, and what is not played yet is kept for the rest of
the hole. Opus's voice mode guesses in these pieces only, and goes on from the end of the last."""


class Concealment:
    """Fills a hole of any length, without a click at either end."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder: Final = decoder
        rate = decoder.sample_rate
        self._hold: Final = int(_HOLD * rate)
        fade = int(_FADE * rate)
        self._gain: Final = np.linspace(1, 0, fade, endpoint=False, dtype=np.float32)[:, None]
        self._background: Final = BackgroundNoise(decoder.channels)
        self._stretcher: Final = Stretcher(rate)
        self._memory: Final = self._stretcher.longest + self._stretcher.overlap + 1
        self._piece: Final = int(_PIECE * rate)
        self._played = self._heard = self._rest = np.zeros((0, decoder.channels), np.int16)
        self._filled = 0

    def hear(self, samples: Samples) -> None:
        """Note real audio: its quietest packet is the background."""
        self._background.hear(samples)
        self._heard = samples

    def fill(self, samples: int) -> Samples:
        """Return so much of the hole: a guess for 60 ms, fading for 100, then background."""
        filling = self._filling(samples)
        before = self._played if self._filled else self._heard
        self._filled += samples
        self._played = np.concatenate((before[-self._memory :], filling))[-self._memory :]
        return filling

    def _filling(self, samples: int) -> Samples:
        start, end = self._filled, self._filled + samples
        if start >= self._hold + len(self._gain):
            return self._background.take(samples)
        guess = self._guessed(samples)
        if end <= self._hold:
            return guess
        gain = np.zeros((samples, 1), np.float32)
        held = max(0, self._hold - start)
        gain[:held] = 1
        rest = self._gain[max(0, start - self._hold) :][: samples - held]
        gain[held : held + len(rest)] = rest
        mixed = guess * gain + self._background.take(samples) * (1 - gain)
        return np.rint(mixed).astype(np.int16)

    def _guessed(self, samples: int) -> Samples:
        rest = self._rest
        if len(rest) < samples:
            pieces = -(-(samples - len(rest)) // self._piece)
            rest = np.concatenate((rest, self.noise(pieces * self._piece)))
        self._rest = rest[samples:]
        return rest[:samples]

    def noise(self, samples: int) -> Samples:
        """Return so many samples as the decoder goes on by itself: a guess, or comfort noise."""
        try:
            return self._decoder.conceal(samples)
        except MediaError:  # a decoder that cannot goes on with silence
            return np.zeros((samples, self._decoder.channels), np.int16)

    def end(self, samples: Samples) -> Samples:
        """Return the first real audio after a hole, joined to what filled the hole."""
        self._filled = 0
        self._rest = self._rest[:0]
        return self._stretcher.join(self._played, samples)

    def clear(self) -> None:
        self._filled = 0
        self._played = self._heard = self._rest = self._rest[:0]
        self._background.clear()
