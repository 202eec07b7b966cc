"""The pictures of a recording as VP8."""

# PyAV's stubs leave the type parameter of Packet open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import av
from av.video.codeccontext import VideoCodecContext

from media.pyav import video_to_pyav
from media.video_frame import VideoFrame

_MILLISECOND: Final = Fraction(1, 1000)
_KEY_EVERY: Final = 2
"""Seconds: a player can begin at a key picture."""


class Coded(NamedTuple):
    """One coded picture."""

    time: int
    """Milliseconds."""
    data: bytes
    key: bool


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
        """Return what the encoder still holds."""
        return self._packets(None)

    def _packets(self, picture: av.VideoFrame | None) -> list[Coded]:
        return [
            Coded(packet.pts or 0, bytes(packet), packet.is_keyframe)
            for packet in self._codec.encode(picture)
        ]
