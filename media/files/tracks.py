"""The encoded tracks of a recording: Opus for sound, VP8 for pictures."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from media.audio_frame import Samples, with_two_dimensions
from media.formats import check_channels, check_sample_rate
from media.opus import OPUS_RATES, OpusEncoder
from media.opus.packet import CLOCK_RATE
from media.pyav import video_to_pyav
from media.resample import Resampler
from media.video_frame import VideoFrame

PACKET: Final = 960
"""Samples of one packet at 48 kHz: 20 ms."""


class OpusTrack:
    """Turns int16 samples in pieces of any length into packets of 20 ms."""

    def __init__(self, sample_rate: int, channels: int, bitrate: int) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        self.channels: Final = check_channels(channels)
        rate = sample_rate if sample_rate in OPUS_RATES else CLOCK_RATE
        self._encoder: Final = OpusEncoder(
            rate, channels, bitrate=bitrate, fec=False, application="audio"
        )
        self._resampler: Final = Resampler(sample_rate, rate, channels)
        self._rest: Samples = np.zeros((0, channels), np.int16)
        self._length: Final = rate // 50
        delay = self._encoder.lookahead / rate + self._resampler.delay
        self.pre_skip: Final = round(delay * CLOCK_RATE)
        """Samples at 48 kHz that a player drops at the beginning (RFC 7845 §4.2)."""
        self._count = 0
        self.written = 0
        """Samples taken, at the rate that they came at."""

    @property
    def head(self) -> bytes:
        """The identification header (RFC 7845 §5.1), which WebM carries as well."""
        return struct.pack(
            "<8sBBHIhB", b"OpusHead", 1, self.channels, self.pre_skip, self.sample_rate, 0, 0
        )

    @property
    def duration(self) -> float:
        """Seconds taken."""
        return self.written / self.sample_rate

    def encode(self, samples: Samples) -> list[bytes]:
        """Take int16 `[n, channels]` (or `[n]` where mono); return the packets that are full."""
        samples = with_two_dimensions(samples, self.channels)
        self.written += len(samples)
        return self._packets(self._resampler.process(samples))

    def finish(self) -> tuple[list[bytes], int]:
        """Return the last packets, and by how many samples at 48 kHz they last too long."""
        packets = self._packets(self._resampler.flush())
        wanted = self.pre_skip + round(self.duration * CLOCK_RATE)
        have = self._count * PACKET
        missing = max(0, -(-(wanted - have) // PACKET))
        silence = np.zeros((missing * self._length - len(self._rest), self.channels), np.int16)
        packets += self._packets(silence) if missing else []
        return packets, self._count * PACKET - wanted

    def _packets(self, samples: Samples) -> list[bytes]:
        joined = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        length = self._length
        whole = len(joined) // length
        self._rest = joined[whole * length :].copy()
        self._count += whole
        return [self._encoder.encode(joined[i * length : (i + 1) * length]) for i in range(whole)]

    def close(self) -> None:
        self._encoder.close()


# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false


_MILLISECOND: Final = Fraction(1, 1000)
_KEY_EVERY: Final = 2
"""Seconds: a player can begin at a key picture."""


Coded = tuple[int, bytes, bool]
"""A coded picture: its milliseconds, its bytes, and whether a player can begin there."""


class Vp8Track:
    """Encodes pictures of one size; each comes out at once."""

    def __init__(self, width: int, height: int, frame_rate: int, bitrate: int) -> None:
        codec: VideoCodecContext = av.CodecContext.create("libvpx", "w")
        codec.width, codec.height = width, height
        codec.pix_fmt = "yuv420p"
        codec.time_base = _MILLISECOND
        codec.framerate = Fraction(frame_rate)
        codec.bit_rate = bitrate
        codec.gop_size = frame_rate * _KEY_EVERY
        codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        codec.open()
        self._codec: Final = codec

    def encode(self, frame: VideoFrame, time: int) -> list[Coded]:
        """Return the picture, coded, at `time` in milliseconds."""
        picture = video_to_pyav(frame)
        if picture.format.name != "yuv420p":
            picture = picture.reformat(format="yuv420p")
        picture.pts, picture.time_base = time, _MILLISECOND
        return self._packets(picture)

    def finish(self) -> list[Coded]:
        return self._packets(None)

    def _packets(self, picture: av.VideoFrame | None) -> list[Coded]:
        return [
            (packet.pts or 0, bytes(packet), packet.is_keyframe)
            for packet in self._codec.encode(picture)
        ]
