"""One track of our own pictures: encoded once, on its own thread, for everybody who takes it."""

import threading
from collections.abc import Callable, Sequence

from actors.call.settings import EncodingPlan, VideoSettings, plan
from actors.call.video.codecs import VideoEncoder
from actors.call.webrtc.loop_thread import LoopThread
from actors.call.webrtc.video_sender import VideoSender
from actors.messages import VideoKind
from media import VideoFrame

BURST = 12
"""Packets sent at once; a key picture has dozens, and routers drop what comes in one piece."""

SPREAD = 0.020
"""Seconds over which a large picture's packets are spread, at most."""

REFRESH = 0.2
"""Seconds after which the last picture is sent again to somebody who needs a key picture: a still
image is shown once only."""


class VideoTrack:
    """Takes pictures from the call's side (`show`), sends from the loop's side (`tick`).

    Args:
        takers: the senders whose far side takes this track now.
    """

    def __init__(
        self,
        kind: VideoKind,
        thread: LoopThread,
        *,
        takers: Callable[[], Sequence[VideoSender]],
        video_settings: VideoSettings,
        clock: Callable[[], float],
        failed: Callable[[Exception], None],
    ) -> None:
        self._thread = thread
        self._takers = takers
        self._video_settings = video_settings
        self._clock = clock
        self._encoders: dict[str, VideoEncoder] = {}
        self._lock = threading.Lock()
        self._latest: tuple[VideoFrame, float] | None = None
        self._fresh = self._busy = False
        self._due = 0.0
        self._encoded = 0.0
        self._plan: EncodingPlan | None = None
        self.sent = 0
        self.worker = thread.worker(f"callboard-{kind}-out", failed)

    def show(self, frame: VideoFrame) -> None:
        """Send this picture; one that still waits gives way. Any thread, never blocks."""
        now = self._clock()
        with self._lock:
            self._latest, self._fresh = (frame, now), True
        self._begin(now)

    def tick(self, now: float) -> None:
        """Show a still picture again to who needs a whole one. On the loop's thread."""
        if self._latest is None or self._fresh or now - self._encoded < REFRESH:
            return
        if any(sender.key_wanted for sender in self._takers()):
            with self._lock:
                self._latest, self._fresh = (self._latest[0], now), True
            self._begin(now)

    def _begin(self, now: float) -> None:
        """Encode what is fresh, unless the thread is at work, it is too early, or nobody cares."""
        takers = self._takers()
        with self._lock:
            if self._busy or not self._fresh:
                return
            if not takers or not self._is_due(now):
                self._fresh = False
                return
            self._busy, self._encoded = True, now
        self.worker.submit(self._encode)

    def _is_due(self, now: float) -> bool:
        period = 1 / (self._plan.frame_rate if self._plan else self._video_settings.frame_rate)
        if now < self._due - period / 2:
            return False
        self._due = max(self._due, now - period) + period
        return True

    def _encode(self) -> None:
        """On the track's thread."""
        try:
            with self._lock:
                assert self._latest is not None
                (frame, shown), self._fresh = self._latest, False
            takers = [sender for sender in self._takers() if sender.codec]
            if takers:
                self._encode_for(takers, frame, shown)
        finally:
            with self._lock:
                self._busy = False
        self._begin(self._clock())

    def _encode_for(self, takers: Sequence[VideoSender], frame: VideoFrame, shown: float) -> None:
        bitrate = min(sender.rate.target(shown) for sender in takers)
        self._plan = plan(self._video_settings, frame.width, frame.height, bitrate, len(takers))
        timestamp = round(90_000 * shown)
        for codec in dict.fromkeys(sender.codec for sender in takers):
            alike = [sender for sender in takers if sender.codec == codec]
            key = any(sender.key_wanted for sender in alike)
            for sender in alike:
                sender.key_wanted = False
            encoder = self._encoders.setdefault(codec, VideoEncoder(codec))
            payloads = encoder.encode(frame, self._plan, timestamp, key=key)
            if payloads:
                self._thread.post(self._send, alike, payloads, timestamp & 0xFFFFFFFF)
        self.sent += 1

    def _send(self, takers: list[VideoSender], payloads: list[bytes], timestamp: int) -> None:
        """On the loop's thread."""
        bursts = [payloads[at : at + BURST] for at in range(0, len(payloads), BURST)]
        pause = min(0.004, SPREAD / len(bursts))
        for number, burst in enumerate(bursts):
            last = number == len(bursts) - 1
            if number == 0:
                self._send_burst(takers, burst, timestamp, last)
                continue
            self._thread.loop.call_later(
                number * pause, self._send_burst, takers, burst, timestamp, last
            )

    def _send_burst(
        self, takers: list[VideoSender], payloads: list[bytes], timestamp: int, last: bool
    ) -> None:
        at = self._clock()
        for sender in takers:
            sender.send_part(payloads, timestamp, at, last=last)
