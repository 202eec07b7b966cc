"""Encodes and decodes VP8 and H264 for a live call, on one thread for each active track."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from queue import SimpleQueue
from typing import Final, Protocol, SupportsBytes, cast

import av
import trio
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from actors.call.settings import EncodingPlan
from actors.call.video import h264, vp8
from actors.call.video.assembly import Encoded
from actors.errors import MediaError
from media import VideoFrame
from media.color import convert
from media.pyav import video_from_pyav, video_to_pyav

ENCODERS: Final = {"vp8": "libvpx", "h264": "libx264"}

LOWER, HIGHER = 0.85, 1.3
"""How far a target must fall or rise before the encoder is made anew: a rate cannot be changed
while it runs, and a new encoder begins with a key picture, which costs bits and is seen."""

USED = 0.7
"""The share of its bits that an encoder must have used before it gets more: a picture that needs
no more would only be seen to begin anew."""

SECOND = 90_000
TIME_BASE = Fraction(1, SECOND)

KEY_INTERVAL = 3000
"""Pictures between key pictures that were not asked for: a far side that needs one asks."""


class _Encodes(Protocol):
    """What we ask of PyAV's context, whose stub leaves out a type."""

    def encode(self, frame: av.VideoFrame) -> Sequence[SupportsBytes]: ...


class VideoEncoder:
    """Encodes one track. `codec` is as in SDP, in lower case. For one thread."""

    def __init__(self, codec: str) -> None:
        if codec not in ENCODERS:
            raise MediaError(f"a call sends video as {' or '.join(ENCODERS)}, not as {codec!r}")
        self.codec = codec
        self._plan: EncodingPlan | None = None
        self._context: VideoCodecContext | None = None
        self._picture_id = 0
        self._pts = 0
        self._since = 0
        """The time stamp of the context's first picture."""
        self._made: deque[tuple[int, int]] = deque()
        """Time stamps and sizes in bits of the last second's pictures."""

    def encode(
        self, frame: VideoFrame, plan: EncodingPlan, timestamp: int, *, key: bool
    ) -> list[bytes]:
        """The payloads of this picture at the plan's size; none when the encoder kept it.

        `timestamp` counts 1/90000 s and must grow. A `key` picture needs no other.
        """
        self._pts = max(self._pts + 1, timestamp)
        context = self._context_for(plan)
        picture = video_to_pyav(_as_i420(frame, plan.width, plan.height))
        picture.pts, picture.time_base = self._pts, TIME_BASE
        picture.pict_type = PictureType.I if key else PictureType.NONE
        data = b"".join(map(bytes, cast(_Encodes, context).encode(picture)))
        self._count(len(data))
        if not data:
            return []
        if self.codec == "h264":
            return h264.packetize(data)
        self._picture_id = (self._picture_id + 1) & 0x7FFF
        return vp8.packetize(data, self._picture_id)

    def _context_for(self, plan: EncodingPlan) -> VideoCodecContext:
        if self._context is None or self._plan is None or not self._serves(self._plan, plan):
            self._plan, self._context = plan, _context(self.codec, plan)
            self._since = self._pts
            self._made.clear()
        return self._context

    def _serves(self, now: EncodingPlan, wanted: EncodingPlan) -> bool:
        """Whether the encoder of the plan that is in use will do for another one."""
        if (now.width, now.height) != (wanted.width, wanted.height):
            return False
        if wanted.bitrate > HIGHER * now.bitrate:
            spent = sum(bits for _, bits in self._made)
            return spent < USED * now.bitrate or self._pts < self._since + SECOND
        return wanted.bitrate >= LOWER * now.bitrate

    def _count(self, size: int) -> None:
        self._made.append((self._pts, 8 * size))
        while self._made[0][0] <= self._pts - SECOND:
            self._made.popleft()


def _context(codec: str, plan: EncodingPlan) -> VideoCodecContext:
    context = av.CodecContext.create(ENCODERS[codec], "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = plan.width, plan.height
    context.pix_fmt = "yuv420p"
    context.bit_rate = plan.bitrate
    context.gop_size = KEY_INTERVAL
    context.framerate = Fraction(plan.frame_rate, 1)
    context.time_base = TIME_BASE
    context.thread_count = 1
    rate = str(plan.bitrate)
    if codec == "vp8":
        context.qmin, context.qmax = 2, 56
        # Half a second of rate control; -8 costs 4 ms for a 720p picture, -6 as much again.
        context.options = {
            "deadline": "realtime",
            "cpu-used": "-8",
            "lag-in-frames": "0",
            "minrate": rate,
            "maxrate": rate,
            "bufsize": str(plan.bitrate // 2),
            "undershoot-pct": "100",
            "overshoot-pct": "15",
            "static-thresh": "1",
        }
    else:
        context.profile = "Baseline"
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "level": "31",
            "maxrate": rate,
            "bufsize": str(plan.bitrate // 2),
        }
    return context


def _as_i420(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """The picture as I420 of this size, which is its own or less."""
    if frame.color_format == "I420" and (frame.width, frame.height) == (width, height):
        return frame
    pixels = convert(
        frame.pixels,
        frame.width,
        frame.height,
        frame.color_format,
        "I420",
        size=(width, height),
    )
    return VideoFrame(pixels, width, height, "I420", frame.pts)


class VideoDecoder:
    """Decodes one track. `codec` is as in SDP, in lower case. For one thread."""

    def __init__(self, codec: str) -> None:
        if codec not in ENCODERS:
            raise MediaError(f"a call takes video as {' or '.join(ENCODERS)}, not as {codec!r}")
        context = av.CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        self._context = context

    def decode(self, encoded: Encoded) -> VideoFrame | None:
        """The picture, as I420; None while the decoder needs more.

        Raises:
            MediaError: the bytes are no picture: a key picture is needed.
        """
        packet = av.Packet(encoded.data)
        packet.pts, packet.time_base = encoded.timestamp, TIME_BASE
        try:
            frames: list[av.VideoFrame] = self._context.decode(packet)  # pyright: ignore[reportUnknownMemberType]  (its stub leaves out a type)
        except FFmpegError as error:
            raise MediaError("a picture could not be decoded") from error
        if not frames:
            return None
        return video_from_pyav(frames[-1], "I420").evolve(pts=encoded.timestamp)


class Worker:
    """Runs jobs in order on a thread of its own, which begins with the first job.

    `submit`, `waiting` and `close` may be called from any thread.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._failed = failed
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def waiting(self) -> int:
        return self._jobs.qsize()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job soon; after `close`, never."""
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name)
                self._thread.start()
            self._jobs.put(job)

    def close(self) -> None:
        """Run no further job. The thread ends with the one that it has in hand."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)

    def join(self) -> None:
        """Wait until the thread has ended: at most one job. Call `close` before."""
        if self._thread is not None:
            self._thread.join()

    async def ended(self) -> None:
        """Wait likewise in Trio; not at all where no job ever came."""
        if self._thread is not None:
            await trio.to_thread.run_sync(self.join)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._closed:
                continue
            try:
                job()
            except Exception as error:  # a track that cannot be coded ends no other
                self._failed(error)
