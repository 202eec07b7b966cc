"""Audio frames of any format to packets of 20 ms, encoded once for everybody."""

from collections.abc import Iterator

import numpy as np

from actors.call.playout import Outgoing
from actors.call.settings import AudioSettings, usual_complexity
from actors.errors import CallError
from media import AudioFrame, Samples
from media.l16 import L16Encoder
from media.opus import OPUS_RATES, OpusEncoder
from media.resample import Resampler

PACKETS_PER_SECOND = 50

WIRE_SAMPLES = 960
"""Samples of a packet at 48 kHz: what `Played` counts."""

L16_RATE = 48_000

MAX_EXPECTED_LOSS = 30
"""Per cent of loss for which redundancy is sent: beyond it the voice itself would suffer."""


class Encoding:
    """Cuts one stream of frames into packets and encodes them.

    Opus takes 8 to 48 kHz directly; other rates are resampled to 48 kHz. What does not fill a
    packet waits for the next frame of the same turn; `finish` fills it up with silence.
    """

    def __init__(self, codec: str, audio_settings: AudioSettings | None = None) -> None:
        if codec not in ("opus", "l16"):
            raise CallError(f"a call encodes its audio as opus or l16, not as {codec!r}")
        self._codec = codec
        self._audio_settings = audio_settings or AudioSettings()
        self._expected_loss = 5
        self._encoder: OpusEncoder | L16Encoder | None = None
        self._format = (0, 0)
        self._size = 0
        self._resampler: Resampler | None = None
        self._rest: Samples | None = None
        self._turn: int | None = None

    def packets(self, frame: AudioFrame) -> Iterator[Outgoing]:
        """The packets that this frame completes. Read all of them before the next call."""
        if frame.turn != self._turn or (frame.sample_rate, frame.channels) != self._format:
            yield from self.finish()
            self._begin(frame)
        samples = frame.samples
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        size = self._size
        if self._rest is not None and len(self._rest):
            samples = np.concatenate((self._rest, samples))
        elif len(samples) == size and self._resampler is None:  # as most frames come
            yield self._encode(samples)
            return
        whole = len(samples) - len(samples) % size
        self._rest = samples[whole:]
        for start in range(0, whole, size):
            yield self._encode(samples[start : start + size])

    def finish(self) -> Iterator[Outgoing]:
        """The last packets of what was begun, filled up with silence, if anything is left."""
        rest, self._rest = self._rest, None
        if rest is None:
            return
        if self._resampler is not None:
            rest = np.concatenate((rest, self._resampler.flush()))
        for start in range(0, len(rest), self._size):
            last = rest[start : start + self._size]
            padding = np.zeros((self._size - len(last), last.shape[1]), np.int16)
            yield self._encode(np.concatenate((last, padding)))

    def forget(self) -> None:
        """Drop what waits for a whole packet: its turn was interrupted."""
        self._rest = None
        if self._resampler is not None:
            self._resampler.flush()

    def expect_loss(self, share: float) -> None:
        """Send as much redundancy as a loss of this share (0 to 1) of packets is worth."""
        loss = min(MAX_EXPECTED_LOSS, round(100 * share))
        if loss != self._expected_loss:
            self._expected_loss = loss
            if isinstance(self._encoder, OpusEncoder):
                self._encoder.packet_loss = loss

    def close(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
        self._format = (0, 0)
        self._rest = None

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
        self._resampler = (
            Resampler(frame.sample_rate, rate, frame.channels)
            if rate != frame.sample_rate
            else None
        )
        if self._codec == "opus":
            self._encoder = self._opus(rate, frame.channels)
        else:
            self._encoder = L16Encoder(rate, frame.channels)
        self._format = wanted
        self._size = rate // PACKETS_PER_SECOND

    def _opus(self, rate: int, channels: int) -> OpusEncoder:
        settings = self._audio_settings
        # Opus's own "voip" filters the voice: after an echo's two passes at 32 kbit/s it correlates
        # with what was said by 0.49, by 0.97 when it is told to code a voice faithfully. Both keep
        # in-band FEC, which "audio" alone gives up.
        return OpusEncoder(
            rate,
            channels,
            bitrate=settings.bitrate,
            complexity=usual_complexity(rate)
            if settings.complexity is None
            else settings.complexity,
            fec=settings.fec,
            dtx=settings.dtx,
            packet_loss=self._expected_loss,
            application="audio",
            signal="voice" if settings.application == "voip" else "auto",
        )

    def _encode(self, samples: Samples) -> Outgoing:
        assert self._encoder is not None
        return Outgoing(self._encoder.encode(samples), WIRE_SAMPLES, self._turn)
