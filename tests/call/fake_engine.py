"""A media engine in virtual time: ports of one engine find each other, nothing else exists.

It keeps the contract of `actors.call.port` as the real engine does (one suite runs against both),
but has no thread, no socket and no codec of its own: what one line's play-out gives at a tick is
what the other side's port receives, after a delay that a network may add.
"""

import contextlib
import heapq
import itertools
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence

import numpy as np
import trio

from actors.call.playout import Playout
from actors.call.port import (
    LEAD,
    TICK,
    Closed,
    Connected,
    ConnectionFailed,
    IceServer,
    MediaKind,
    MediaPacket,
    PortEvent,
    PortStatistics,
    Signal,
    TrackEnded,
    TrackStarted,
    medium_and_name,
)
from actors.call.settings import VideoSettings
from actors.errors import MediaError
from actors.messages import VIDEO_KINDS, Picture, VideoKind
from media import VideoFrame
from media.color import convert
from media.jitter import RtpPacket
from media.opus import OpusEncoder

CLOCK_RATE = 48_000
SAMPLES = 960
UNSENT_BYTES = 2
"""See `actors.call.webrtc.engine`."""

Arrival = Callable[[float], float | None]
"""When a packet sent at this second arrives; None if it is lost."""


class FakePort:
    """See `actors.call.port.MediaPort`. `number` is how ports of one engine know each other."""

    codec = "opus"
    delay = 0.0

    def __init__(
        self,
        number: int,
        ports: dict[int, "FakePort"],
        arrival: Arrival,
        sends: frozenset[MediaKind],
        receives: frozenset[MediaKind],
    ) -> None:
        self.number = number
        self.sends = sends
        self.receives = receives
        self._watched: frozenset[VideoKind] = frozenset(VIDEO_KINDS)
        self._pictures: dict[VideoKind, Picture] = {}
        self._seen = 0
        self.further: set[MediaKind] = set()
        self._ports = ports
        self._arrival = arrival
        self._other: FakePort | None = None
        self._send_event, self.events = trio.open_memory_channel[PortEvent](100)
        self._incoming: list[tuple[float, int, MediaPacket]] = []
        self._sequence = itertools.count()
        self._sent = self._received = self._sent_bytes = self._received_bytes = 0
        self._heard: float | None = None

    @property
    def connected(self) -> bool:
        return self._other is not None

    async def start(self) -> None:
        await trio.lowlevel.checkpoint()
        self._emit(Signal({"description": {"type": "offer", "sdp": str(self.number)}}))

    async def signal(self, data: Mapping[str, object]) -> None:
        await trio.lowlevel.checkpoint()
        match data.get("description"):
            case {"type": "offer", "sdp": str(number)} if self._knows(number):
                self._emit(Signal({"description": {"type": "answer", "sdp": str(self.number)}}))
                self._other = self._ports[int(number)]
            case {"type": "answer", "sdp": str(number)} if self._knows(number):
                self._other = self._ports[int(number)]
                for port in (self, self._other):
                    port._emit(Connected())
                    port._emit(TrackStarted("microphone", self.codec, CLOCK_RATE))
            case None:
                pass
            case _:
                raise MediaError("what the other side offered cannot be used: no such port")

    def received(self) -> Sequence[MediaPacket]:
        now = trio.current_time()
        packets: list[MediaPacket] = []
        while self._incoming and self._incoming[0][0] <= now:
            packets.append(heapq.heappop(self._incoming)[2])
        if packets:
            self._heard = packets[-1].arrived
            self._received += len(packets)
            self._received_bytes += sum(len(p.packet.payload) for p in packets)
        return packets

    def pictures(self) -> Sequence[Picture]:
        """Take the newest picture of each track."""
        pictures, self._pictures = tuple(self._pictures.values()), {}
        return pictures

    def watch(self, kinds: frozenset[VideoKind]) -> None:
        """Take these tracks of the far side and no others."""
        self._watched = kinds

    async def extend(self, kinds: Sequence[MediaKind]) -> None:
        await trio.lowlevel.checkpoint()
        other = self._other
        for kind in kinds:
            if other is not None and kind not in self.further:
                for port in (self, other):
                    port.further.add(kind)
                    video = medium_and_name(kind)[0] == "video"
                    codec, rate = ("vp8", 90_000) if video else (port.codec, CLOCK_RATE)
                    port._emit(TrackStarted(kind, codec, rate))

    def _takes(self, kind: MediaKind) -> bool:
        return kind in self.receives or kind in self.further

    def send_picture(self, kind: VideoKind, frame: VideoFrame, at: float) -> bool:
        """Send one picture to the other port, if it takes it."""
        other = self._other
        sends = kind in self.sends or kind in self.further
        if other is None or not sends or not other._takes(kind) or kind not in other._watched:
            return False
        pixels = convert(frame.pixels, frame.width, frame.height, frame.color_format, "I420")
        pts = round(90_000 * at)
        other._pictures[kind] = Picture(pixels, frame.width, frame.height, pts, kind=kind)
        other._seen += 1
        return True

    def statistics(self) -> PortStatistics:
        return PortStatistics(
            packets_sent=self._sent,
            bytes_sent=self._sent_bytes,
            packets_received=self._received,
            bytes_received=self._received_bytes,
            round_trip=0.0 if self.connected else None,
            heard=self._heard,
            pictures=self._seen,
        )

    def fail(self, reason: str = "the network is gone") -> None:
        """Break down, as a connection does when its network goes."""
        self._other = None
        self._emit(ConnectionFailed(reason))

    def send_audio(
        self, payload: bytes, timestamp: int, at: float, kind: MediaKind = "microphone"
    ) -> None:
        """Send one packet to the other port."""
        if self._other is None or (kind not in self.sends and kind not in self.further):
            return
        self._sent += 1
        self._sent_bytes += len(payload)
        sequence = next(self._sequence)
        arrived = self._arrival(at)
        if arrived is not None:
            packet = RtpPacket(sequence & 0xFFFF, timestamp, payload, self.number)
            media = MediaPacket(kind, self.codec, CLOCK_RATE, packet, arrived)
            heapq.heappush(self._other._incoming, (arrived, sequence, media))

    def close(self) -> None:
        del self._ports[self.number]
        other, self._other = self._other, None
        if other is not None and other._other is self:
            other._other = None
            other._emit(TrackEnded("microphone"))
            other._emit(Closed())
        self._send_event.close()

    def _knows(self, number: str) -> bool:
        return number.isdigit() and int(number) in self._ports

    def _emit(self, event: PortEvent) -> None:
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            self._send_event.send_nowait(event)


class FakeLine:
    """See `actors.call.port.MediaLine`."""

    codec = "opus"

    def __init__(
        self, ports: dict[int, FakePort], numbers: Iterator[int], arrival: Arrival
    ) -> None:
        self._numbers = numbers
        self.playout = Playout()
        self.ports: list[FakePort] = []
        self._all = ports
        self._arrival = arrival
        self._silence = _silence()
        self._timestamp = 0
        self._ticks = 0
        self._waiting = trio.lowlevel.ParkingLot()
        self._shown: dict[VideoKind, VideoFrame] = {}
        self._playouts: dict[MediaKind, Playout] = {}

    async def tick(self) -> int:
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self._ticks:
            await self._waiting.park()
        passed, self._ticks = self._ticks, 0
        return passed

    @contextlib.asynccontextmanager
    async def open_port(
        self,
        *,
        servers: Sequence[IceServer] = (),
        loopback: bool = False,
        sends: frozenset[MediaKind] = frozenset(("microphone",)),
        receives: frozenset[MediaKind] = frozenset(("microphone",)),
    ) -> AsyncGenerator[FakePort]:
        """A port; it reaches every other port of its engine."""
        number = next(self._numbers)
        port = FakePort(number, self._all, self._arrival, sends, receives)
        self._all[number] = port
        self.ports.append(port)
        try:
            yield port
        finally:
            self.ports.remove(port)
            port.close()

    def announce(self) -> None:
        self._ticks += 1
        self._waiting.unpark_all()

    def send(self, at: float) -> None:
        """Send the next 20 ms to all ports."""
        self._timestamp = (self._timestamp + SAMPLES) & 0xFFFFFFFF
        heard = any(port.connected for port in self.ports)
        payload = self.playout.take(at, heard=heard) or self._silence
        for port in self.ports:
            if len(payload) > UNSENT_BYTES:
                port.send_audio(payload, self._timestamp, at)
        for kind, frame in self._shown.items():
            for port in self.ports:
                port.send_picture(kind, frame, at)
        self._shown.clear()
        for kind, playout in self._playouts.items():
            payload = playout.take(at, heard=heard) or self._silence
            for port in self.ports:
                port.send_audio(payload, self._timestamp, at, kind)

    def track(self, kind: MediaKind) -> Playout:
        """What is sent on a custom audio track."""
        return self._playouts.setdefault(kind, Playout())

    def untrack(self, kind: MediaKind) -> None:
        self._playouts.pop(kind, None)

    def show(self, kind: VideoKind, frame: VideoFrame) -> None:
        """Send a picture with the next tick; the latest wins."""
        self._shown[kind] = frame


class FakeEngine:
    """See `actors.call.port.MediaEngine`. Open it by `open_fake_engine`."""

    def __init__(self, arrival: Arrival) -> None:
        self.lines: list[FakeLine] = []
        self._arrival = arrival
        self._ports: dict[int, FakePort] = {}
        # Never given twice: a late answer to a port that is gone must not reach another.
        self._numbers = itertools.count(1)

    @contextlib.asynccontextmanager
    async def open_line(
        self, video_settings: VideoSettings | None = None
    ) -> AsyncGenerator[FakeLine]:
        line = FakeLine(self._ports, self._numbers, self._arrival)
        self.lines.append(line)
        try:
            yield line
        finally:
            self.lines.remove(line)

    async def run(self) -> None:
        """Tick until cancelled."""
        due = trio.current_time() + LEAD
        while True:
            await trio.sleep_until(due - LEAD)
            for line in tuple(self.lines):
                line.announce()
            await trio.sleep_until(due)
            for line in tuple(self.lines):
                line.send(due)
            due += TICK


@contextlib.asynccontextmanager
async def open_fake_engine(*, arrival: Arrival = lambda sent: sent) -> AsyncGenerator[FakeEngine]:
    """An engine that lives on Trio's clock alone.

    Args:
        arrival: what the network does to each packet.
    """
    engine = FakeEngine(arrival)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(engine.run)
        yield engine
        nursery.cancel_scope.cancel()


def _silence() -> bytes:
    with OpusEncoder() as encoder:
        return encoder.encode(np.zeros((SAMPLES, 1), np.int16))
