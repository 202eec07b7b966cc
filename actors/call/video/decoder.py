"""VP8 or H264 to pictures."""

from fractions import Fraction
from typing import Final

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from actors.call.video.assembly import Encoded
from actors.errors import MediaError
from media import VideoFrame
from media.pyav import video_from_pyav

CODECS: Final = {"vp8": "vp8", "h264": "h264"}


class VideoDecoder:
    """Decodes one track. `codec` is as in SDP, in lower case. For one thread."""

    def __init__(self, codec: str) -> None:
        if codec not in CODECS:
            raise MediaError(f"a call takes video as {' or '.join(CODECS)}, not as {codec!r}")
        context = av.CodecContext.create(CODECS[codec], "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        self._context = context

    def decode(self, encoded: Encoded) -> VideoFrame | None:
        """The picture, as I420; None while the decoder needs more.

        Raises:
            MediaError: the bytes are no picture: a key picture is needed.
        """
        packet = av.Packet(encoded.data)
        packet.pts, packet.time_base = encoded.timestamp, Fraction(1, 90_000)
        try:
            frames: list[av.VideoFrame] = self._context.decode(packet)  # pyright: ignore[reportUnknownMemberType]  (its stub leaves out a type)
        except FFmpegError as error:
            raise MediaError("a picture could not be decoded") from error
        if not frames:
            return None
        made = video_from_pyav(frames[-1], "I420")
        return made.evolve(pts=encoded.timestamp)
