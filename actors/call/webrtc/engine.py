"""The media engine: one asyncio thread with aiortc, one ticker, lines for any number of calls."""

import contextlib
import math
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence

import attrs
import numpy as np
import trio

from actors.call.ice_settings import IceSettings, relays
from actors.call.playout import Playout
from actors.call.port import TICK, IceServer, MediaEngine, MediaKind
from actors.call.settings import VideoSettings
from actors.call.webrtc.alignment import Arrival, TickAlignment
from actors.call.webrtc.datagrams import Poller
from actors.call.webrtc.loop_thread import LoopThread, NewLoop, open_loop_thread
from actors.call.webrtc.peer_port import WebRtcPort
from actors.call.webrtc.ticker import Schedule, Ticker, Ticks
from actors.call.webrtc.video_sender import VideoSender
from actors.call.webrtc.video_track import VideoTrack
from actors.messages import VideoKind
from media import VideoFrame
from media.opus import OpusEncoder

SWITCH_INTERVAL = 0.0005
"""Seconds after which the interpreter takes the lock from a busy thread: the usual 5 ms would
delay the network's thread by as much whenever an actor computes."""

CLOSE_SECONDS = 2.0
"""How long closing a port may take."""

PATIENCE = 5
"""Ticks without reading after which the Trio thread is taken to be held up."""

PHASE_TICKS = 25
"""Ticks after which it is looked again where ticks stand best."""

RECENT = 3 * TICK
"""Seconds for which a packet tells where its source's packets come now."""

UNSENT_BYTES = 2
"""A packet of so many bytes or less is the encoder's word that nothing need be sent: DTX."""

SAMPLES = 960
"""Samples of a tick at 48 kHz, by which RTP time stamps grow."""


class WebRtcLine:
    """One call's share of the engine. See `actors.call.port.MediaLine`."""

    codec = "opus"

    def __init__(
        self,
        thread: LoopThread,
        clock: Callable[[], float],
        silence: bytes,
        *,
        video_settings: VideoSettings,
        reach: IceSettings,
        ticks: Ticks,
        poller: Poller | None,
    ) -> None:
        self.playout = Playout()
        self._reach = reach
        self._video_settings = video_settings
        self._tracks: dict[VideoKind, VideoTrack] = {}
        self._playouts: dict[MediaKind, Playout] = {"microphone": self.playout}
        self._thread = thread
        self._clock = clock
        self._silence = silence
        self._ports: list[WebRtcPort] = []
        self._timestamp = 0
        self._due = math.inf
        self._poller = poller
        self._ticks = ticks
        self._seen = ticks.count

    async def tick(self) -> int:
        before, self._seen = self._seen, await self._ticks.after(self._seen)
        return self._seen - before

    def send(self, at: float) -> None:
        """Send the next 20 ms to all ports. On the loop's thread."""
        self._advance(at)
        ports = tuple(self._ports)
        heard = any(port.is_heard for port in ports)
        for kind, playout in tuple(self._playouts.items()):
            payload = playout.take(at, heard=heard) or self._silence
            for port in ports if len(payload) > UNSENT_BYTES else ():
                port.send_audio(payload, self._timestamp, at, kind)
        for port in ports:
            port.tick(at)
        for track in tuple(self._tracks.values()):
            track.tick(at)

    def arrivals(self, since: float) -> Iterator[Arrival]:
        """The last audio packets that came after this second. On the loop's thread."""
        for port in self._ports:
            yield from port.arrivals(since)

    def _advance(self, at: float) -> None:
        """Let the time stamps grow by a tick, and by as many more as a stall has left out.

        Else all that follows would seem to be late, and the far side would wait for it: a browser
        held 300 ms back for ten seconds after this thread stood still for 257 ms as a call began.
        """
        self._due = min(at, self._due + TICK)
        left_out = round((at - self._due) / TICK) if at - self._due > TICK else 0
        self._due += left_out * TICK
        self._timestamp = (self._timestamp + (1 + left_out) * SAMPLES) & 0xFFFFFFFF

    def track(self, kind: MediaKind) -> Playout:
        """What is sent on a custom audio track."""
        return self._playouts.setdefault(kind, Playout())

    def untrack(self, kind: MediaKind) -> None:
        self._playouts.pop(kind, None)

    def show(self, kind: VideoKind, frame: VideoFrame) -> None:
        """Send a picture on this track, to everybody who takes it."""
        track = self._tracks.get(kind)
        if track is None:
            track = self._tracks[kind] = VideoTrack(
                kind,
                self._thread,
                takers=lambda: self._takers(kind),
                video_settings=self._video_settings,
                clock=self._clock,
                failed=self.broke,
            )
        track.show(frame)

    def _takers(self, kind: VideoKind) -> list[VideoSender]:
        senders = [port.video_sender(kind) for port in tuple(self._ports)]
        return [sender for sender in senders if sender is not None]

    async def close(self) -> None:
        """End the tracks' threads."""
        for track in self._tracks.values():
            track.worker.close()
        for track in self._tracks.values():
            await track.worker.ended()

    def broke(self, error: Exception) -> None:
        """Tell every port that sending failed. Any thread."""
        for port in tuple(self._ports):
            port.broke(error)

    @contextlib.asynccontextmanager
    async def open_port(
        self,
        *,
        servers: Sequence[IceServer] = (),
        loopback: bool = False,
        sends: frozenset[MediaKind] = frozenset(("microphone",)),
        receives: frozenset[MediaKind] = frozenset(("microphone",)),
    ) -> AsyncGenerator[WebRtcPort]:
        port = WebRtcPort(
            self._thread,
            self._clock,
            reach=attrs.evolve(self._reach, loopback=loopback, servers=relays(servers)),
            sends=sends,
            receives=receives,
            video_settings=self._video_settings,
            poller=self._poller,
        )
        self._thread.post(self._ports.append, port)
        try:
            yield port
        finally:
            self._thread.post(self._ports.remove, port)
            with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_SECONDS):
                await port.aclose()


class WebRtcEngine:
    """aiortc on its own thread. See `actors.call.port.MediaEngine`.

    Args:
        follows: whether its ticks move to where packets wait least for them.
    """

    def __init__(
        self,
        thread: LoopThread,
        clock: Callable[[], float],
        reach: IceSettings | None = None,
        *,
        follows: bool = True,
    ) -> None:
        self._reach = reach or IceSettings()
        self._thread = thread
        self._clock = clock
        self._silence = _silence()
        self._schedule = Schedule()
        self._poller = thread.poller(clock)
        self._ticks = Ticks(self._schedule, thread.alarm(), self._read)
        self._read_at = 0
        self._phase = TickAlignment(clock()) if follows else None
        self._ticker: Ticker | None = None
        self._lines: list[WebRtcLine] = []

    @contextlib.asynccontextmanager
    async def open_line(
        self, video_settings: VideoSettings | None = None
    ) -> AsyncGenerator[WebRtcLine]:
        line = WebRtcLine(
            self._thread,
            self._clock,
            self._silence,
            video_settings=video_settings or VideoSettings(),
            reach=self._reach,
            ticks=self._ticks,
            poller=self._poller,
        )
        await self._thread.run(lambda: self._add(line))
        try:
            yield line
        finally:
            self._thread.post(self._lines.remove, line)
            with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_SECONDS):
                await line.close()

    async def _add(self, line: WebRtcLine) -> None:
        if self._ticker is None:
            self._ticker = Ticker(
                self._thread.loop,
                self._clock,
                schedule=self._schedule,
                send=self._send,
            )
        self._lines.append(line)

    def _read(self) -> None:
        """Read what has come for all calls. At every tick, on the Trio thread."""
        if self._poller is not None:
            self._poller.read(self._unread)
            self._read_at = self._schedule.sent

    def _send(self, at: float) -> None:
        """Send for all calls, then look after the ticks. On the loop's thread."""
        for line in tuple(self._lines):
            try:
                line.send(at)
            except Exception as error:  # one call's failure is that call's alone
                line.broke(error)
        sent = self._schedule.sent
        if self._poller is not None and sent - self._read_at > PATIENCE:
            # Trio is held up: nobody would answer the far sides' checks whether we are alive.
            self._poller.read(self._unread)
        if sent % PHASE_TICKS == 0:
            self._follow()

    def _follow(self) -> None:
        """Move the ticks to where the packets of all calls wait least for them."""
        ticker, phase, now = self._ticker, self._phase, self._clock()
        if ticker is None or phase is None or ticker.is_moving:
            return
        arrivals = [each for line in self._lines for each in line.arrivals(now - RECENT)]
        shift = phase.move(arrivals, self._schedule.at(self._schedule.sent), now)
        if shift:
            ticker.move(shift)

    def _unread(self, error: Exception) -> None:
        self._thread.post(
            self._thread.loop.call_exception_handler,
            {"message": "a datagram's receiver failed", "exception": error},
        )

    def close(self) -> None:
        self._thread.post(self._stop)
        self._ticks.close()

    def _stop(self) -> None:
        if self._ticker is not None:
            self._ticker.close()
        if self._poller is not None:
            self._poller.close()


@contextlib.asynccontextmanager
async def open_media_engine(
    reach: IceSettings | None = None, *, new_loop: NewLoop | None = None
) -> AsyncGenerator[MediaEngine]:
    """Start the media engine: one thread for the network of any number of calls.

    `reach` says how other machines may reach this one; the servers of a call's room come to it.
    `new_loop` makes the event loop; asyncio's own, unless given.

    The thread is joined when the block is left, also when that happens by cancellation in the
    middle of a call: clean-up is shielded, and bounded to 5 s.

    Raises:
        EngineError: when the thread cannot start or does not end.
    """
    # Trio's clock is perf_counter with an offset: taken once, both threads read the same time.
    offset = trio.current_time() - time.perf_counter()
    async with open_loop_thread("callboard-media", new_loop) as thread:
        with _quick_switching():
            engine = WebRtcEngine(thread, lambda: time.perf_counter() + offset, reach)
            try:
                yield engine
            finally:
                engine.close()


def _silence() -> bytes:
    """20 ms of silence as our encoder sends it."""
    with OpusEncoder() as encoder:
        quiet = np.zeros((SAMPLES, 1), np.int16)
        return [encoder.encode(quiet) for _ in range(5)][-1]


_switching = threading.Lock()
_engines = 0
_interval_before = 0.0


@contextlib.contextmanager
def _quick_switching() -> Generator[None]:
    """Make threads switch quickly while any engine runs: the interval is the process's own."""
    global _engines, _interval_before  # noqa: PLW0603  (the switch interval is global too)
    with _switching:
        if _engines == 0:
            _interval_before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_INTERVAL)
        _engines += 1
    try:
        yield
    finally:
        with _switching:
            _engines -= 1
            if _engines == 0:
                sys.setswitchinterval(_interval_before)
