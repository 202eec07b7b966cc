"""Opus by FFmpeg, through PyAV: what serves where no libopus can be called directly.

Its decoder gives 48 kHz only and is resampled from there, and knows neither concealment nor
redundancy.
"""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from media.audio_frame import Samples
from media.errors import OpusError
from media.opus.packet import duration

if TYPE_CHECKING:
    from typing_extensions import Buffer

_RATE: Final = 48000
_SET_BITRATE: Final = 4002
_CONTROLS: Final = {4010: "compression_level", 4012: "fec", 4014: "packet_loss", 4016: "dtx"}
"""libopus's numbered controls, by FFmpeg's names."""


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"


class PyavDecoder:
    """Decodes one stream; what is lost becomes silence."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate: Final = sample_rate
        self._channels: Final = channels
        self.reset()

    def reset(self) -> None:
        codec: AudioCodecContext = av.CodecContext.create("opus", "r")
        codec.sample_rate = _RATE
        codec.layout = _layout(self._channels)
        codec.open()
        self._codec = codec
        self._resampler = av.AudioResampler("s16", _layout(self._channels), self._rate)
        self._held = np.zeros((0, self._channels), np.int16)

    def run(self, payload: bytes | None, samples: int, fec: bool) -> Samples:
        if payload is None or fec:
            return np.zeros((samples, self._channels), np.int16)
        count = duration(payload) * self._rate // _RATE
        if len(payload) <= 2:  # a pause of the sender's (DTX), which FFmpeg takes for an error
            return np.zeros((count, self._channels), np.int16)
        try:
            frames = self._codec.decode(av.Packet(payload))
        except FFmpegError as error:
            size = len(payload)
            raise OpusError(
                f"FFmpeg refused a packet of {size} bytes: {error.strerror}."
            ) from error
        if not frames:
            raise OpusError(f"FFmpeg found no audio in a packet of {len(payload)} bytes.")
        parts = [self._held]
        for frame in frames:
            for piece in self._resampler.resample(frame):
                parts.append(cast(Samples, piece.to_ndarray()).reshape(-1, self._channels))
        joined = np.concatenate(parts)
        # FFmpeg holds back a little at first, and again where the stream changes its kind: once
        # padded, and by a millisecond more than is missing, every length is exact.
        if len(joined) < count:
            missing = count - len(joined) + self._rate // 1000
            joined = np.concatenate((np.zeros((missing, self._channels), np.int16), joined))
        self._held = joined[count:]
        return joined[:count]

    def close(self) -> None:
        """Drop the stream; the memory goes with the object."""
        self._held = self._held[:0]


class PyavEncoder:
    """Encodes one stream by the libopus that FFmpeg was built with.

    Controls can be set before the codec is opened only: a new value opens it anew.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        if "libopus" not in av.codecs_available:
            raise OpusError(
                "No libopus was found, neither alone nor in PyAV's FFmpeg: install PyAV from its "
                "wheel, or the system's libopus."
            )
        self._rate: Final = sample_rate
        self._channels: Final = channels
        self._settings: Final = dict.fromkeys(_CONTROLS, 0) | {_SET_BITRATE: 32000}
        self._codec: AudioCodecContext | None = None
        self._length = 0

    def reset(self) -> None:
        self._codec = None

    def set(self, request: int, value: int) -> None:
        """Set a control."""
        if self._settings[request] != value:
            self._settings[request] = value
            self._codec = None

    def lookahead(self) -> int:
        """Return by how many samples the output lags the input: 6.5 ms, as libopus's own."""
        return self._rate * 13 // 2000

    def run(self, samples: Samples) -> bytes:
        codec = self._codec
        if codec is None or len(samples) != self._length:
            codec = self._opened(len(samples))
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.reshape(1, -1)), "s16", _layout(self._channels)
        )
        frame.sample_rate = self._rate
        packets = cast("list[Buffer]", codec.encode(frame))
        if len(packets) != 1:
            raise OpusError(f"FFmpeg made {len(packets)} packets of {len(samples)} samples.")
        return bytes(packets[0])

    def _opened(self, length: int) -> AudioCodecContext:
        codec: AudioCodecContext = av.CodecContext.create("libopus", "w")
        codec.sample_rate = self._rate
        codec.layout = _layout(self._channels)
        codec.format = "s16"
        codec.bit_rate = self._settings[_SET_BITRATE]
        codec.time_base = Fraction(1, self._rate)
        named = {name: str(self._settings[request]) for request, name in _CONTROLS.items()}
        milliseconds = str(length * 1000 / self._rate)
        codec.options = {"application": "voip", "frame_duration": milliseconds, **named}
        codec.open()
        self._codec, self._length = codec, length
        return codec

    def close(self) -> None:
        """Drop the stream; the memory goes with the object."""
        self._codec = None
