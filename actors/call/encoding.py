"""Audio frames of any format to packets of 20 ms, encoded once for everybody."""

from collections.abc import Iterator

import numpy as np

from actors.call.playout import Outgoing
from actors.errors import CallError
from media import AudioFrame
from media.l16 import L16Encoder
from media.opus import OpusEncoder

PACKETS_PER_SECOND = 50

WIRE_SAMPLES = 960
"""Samples of a packet at 48 kHz: what `Played` counts."""

OPUS_RATES = frozenset((8000, 12000, 16000, 24000, 48000))
"""Rates that Opus takes as they are (RFC 6716, section 2)."""

L16_RATE = 48_000


class Encoding:
    """Cuts one stream of frames into packets and encodes them.

    Opus takes 8 to 48 kHz directly; other rates are resampled to 48 kHz. What does not fill a
    packet waits for the next frame of the same turn; `finish` fills it up with silence.
    """

    def __init__(self, codec: str) -> None:
        if codec not in ("opus", "l16"):
            raise CallError(f"a call encodes its audio as opus or l16, not as {codec!r}")
        self._codec = codec
        self._encoder: OpusEncoder | L16Encoder | None = None
        self._format = (0, 0)
        self._resampler: "Resampler | None" = None
        self._rest: np.ndarray[tuple[int, int], np.dtype[np.int16]] | None = None
        self._turn: int | None = None

    def packets(self, frame: AudioFrame) -> Iterator[Outgoing]:
        """The packets that this frame completes. Read all of them before the next call."""
        if frame.turn != self._turn or frame.sample_rate != self._format[0]:
            yield from self.finish()
            self._begin(frame)
        samples = frame.samples
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        if self._rest is not None and len(self._rest):
            samples = np.concatenate((self._rest, samples))
        size = self._size
        whole = len(samples) - len(samples) % size
        self._rest = samples[whole:]
        for start in range(0, whole, size):
            yield self._encode(samples[start : start + size])

    def finish(self) -> Iterator[Outgoing]:
        """The last packet of what was begun, filled up with silence, if anything is left."""
        rest, self._rest = self._rest, None
        if rest is not None and len(rest):
            padding = np.zeros((self._size - len(rest), rest.shape[1]), np.int16)
            yield self._encode(np.concatenate((rest, padding)))

    def forget(self) -> None:
        """Drop what waits for a whole packet: its turn was interrupted."""
        self._rest = None

    def close(self) -> None:
        """Free the encoder."""
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
        self._format = (0, 0)

    @property
    def _size(self) -> int:
        rate = self._rate(self._format[0])
        return rate // PACKETS_PER_SECOND

    def _rate(self, rate: int) -> int:
        if self._codec == "opus" and rate in OPUS_RATES:
            return rate
        return L16_RATE

    def _begin(self, frame: AudioFrame) -> None:
        self._turn = frame.turn
        wanted = (frame.sample_rate, frame.channels)
        if wanted == self._format:
            return
        self.close()
        rate = self._rate(frame.sample_rate)
        self._resampler = None
        if rate != frame.sample_rate:
            from media.resample import Resampler

            self._resampler = Resampler(frame.sample_rate, rate, frame.channels)
        make = OpusEncoder if self._codec == "opus" else L16Encoder
        self._encoder = make(rate, frame.channels)
        self._format = wanted

    def _encode(self, samples: np.ndarray[tuple[int, int], np.dtype[np.int16]]) -> Outgoing:
        assert self._encoder is not None
        return Outgoing(self._encoder.encode(samples), WIRE_SAMPLES, self._turn)
