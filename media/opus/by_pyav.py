"""Opus by FFmpeg's own codec, through PyAV: what serves where no libopus was found.

It decodes at 48 kHz only and is resampled from there, it knows neither concealment nor redundancy,
and its encoder takes no controls but the bit rate.
"""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from media.audio_frame import Samples
from media.errors import OpusError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_RATE: Final = 48000
_SET_BITRATE: Final = 4002


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"


def _context(mode: Literal["r", "w"], channels: int) -> AudioCodecContext:
    context: AudioCodecContext = av.CodecContext.create("opus", mode)
    context.sample_rate = _RATE
    context.layout = _layout(channels)
    return context


class PyavDecoder:
    """Decodes one stream; what is lost becomes silence."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate: Final = sample_rate
        self._channels: Final = channels
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._codec = _context("r", self._channels)
        self._codec.open()
        self._resampler = av.AudioResampler("s16", _layout(self._channels), self._rate)
        self._held = np.zeros((0, self._channels), np.int16)
        self._started = False

    def run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        """Decode a payload, or return silence."""
        if payload is None or fec:
            return np.zeros((samples, self._channels), np.int16)
        try:
            frames = self._codec.decode(av.Packet(payload))
        except FFmpegError as error:
            size = len(payload)
            raise OpusError(
                f"FFmpeg refused a packet of {size} bytes: {error.strerror}."
            ) from error
        decoded = sum(frame.samples for frame in frames)
        if not decoded:
            raise OpusError(f"FFmpeg found no audio in a packet of {len(payload)} bytes.")
        parts = [self._held]
        for frame in frames:
            for piece in self._resampler.resample(frame):
                parts.append(cast(Samples, piece.to_ndarray()).reshape(-1, self._channels))
        joined = np.concatenate(parts)
        count = decoded * self._rate // _RATE
        if not self._started:  # the resampler's delay, once, so that lengths are exact from here on
            self._started = True
            missing = max(0, count - len(joined)) + 2
            joined = np.concatenate((np.zeros((missing, self._channels), np.int16), joined))
        self._held = joined[count:]
        return joined[:count]

    def close(self) -> None:
        """Drop the stream; the memory goes with the object."""
        self._held = self._held[:0]


class PyavEncoder:
    """Encodes one stream in packets of 20 ms."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate: Final = sample_rate
        self._channels: Final = channels
        self._bitrate = 32000
        self.reset()

    def reset(self) -> None:
        """Forget the stream, not the bit rate."""
        codec = _context("w", self._channels)
        codec.format = "fltp"
        codec.bit_rate = self._bitrate
        codec.time_base = Fraction(1, _RATE)
        # FFmpeg calls its own encoder experimental; it gathers opus_delay before each packet.
        codec.options = {"strict": "experimental", "opus_delay": "20"}
        codec.open()
        self._codec = codec
        self._resampler = av.AudioResampler("fltp", _layout(self._channels), _RATE, 960)
        self._clock = 0
        self._packets: list[bytes] = []

    def set(self, request: int, value: int) -> None:
        """Set the bit rate; the other controls are libopus's own and change nothing here."""
        if request == _SET_BITRATE and value != self._bitrate:
            self._bitrate = value
            self.reset()

    def run(self, samples: Samples) -> bytes:
        """Encode 20 ms; the first packets are silence while the codec looks ahead."""
        if len(samples) * 50 != self._rate:
            raise OpusError("Without libopus only packets of 20 ms can be encoded.")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.reshape(1, -1)), "s16", _layout(self._channels)
        )
        frame.sample_rate = self._rate
        frame.pts = self._clock
        frame.time_base = Fraction(1, self._rate)
        self._clock += len(samples)
        for piece in self._resampler.resample(frame):
            self._packets += map(bytes, cast("list[Buffer]", self._codec.encode(piece)))
        return self._packets.pop(0) if self._packets else b"\xf8\xff\xfe"  # 20 ms of silence

    def close(self) -> None:
        """Drop the stream; the memory goes with the object."""
        self._packets.clear()
