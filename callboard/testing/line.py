"""A media engine without a network: carries packets between a call and the people of a lab.

It stands behind the same seam as the real one (`actors.call.port`) and keeps the same clock: a
tick every 20 ms, told 8 ms before its packet is sent.
"""

import contextlib
import heapq
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

import trio

from actors.call.playout import Playout
from actors.call.port import (
    LEAD,
    TICK,
    Connected,
    IceServer,
    MediaKind,
    MediaPacket,
    PortEvent,
    PortStatistics,
    Signal,
    TrackStarted,
)
from actors.call.settings import VideoSettings
from actors.errors import MediaError
from actors.messages import Picture, VideoKind
from callboard.testing.clock import sleep_until
from callboard.testing.far_side import Codec, FarSide
from media import VideoFrame
from media.jitter import RtpPacket

MAX_EVENTS = 100


class LabPort:
    """The media with one person. See `actors.call.port.MediaPort`."""

    delay = 0.0

    def __init__(self, codec: Codec, find: Callable[[str], FarSide | None]) -> None:
        self.codec = codec.name
        self._codec = codec
        self._find = find
        self._far: FarSide | None = None
        self._outbox, self.events = trio.open_memory_channel[PortEvent](MAX_EVENTS)
        self._arriving: list[tuple[float, int, MediaPacket]] = []
        self._sequence = 0
        self._heard: float | None = None
        self._received = self._sent = 0

    async def start(self) -> None:
        await trio.lowlevel.checkpoint()
        self._outbox.send_nowait(Signal({"description": {"type": "offer", "sdp": "lab"}}))

    async def signal(self, data: Mapping[str, object]) -> None:
        """Take an offer or an answer; its `sdp` is the person's id."""
        await trio.lowlevel.checkpoint()
        match data:
            case {"description": {"type": str(kind), "sdp": str(person)}}:
                self._far = self._find(person)
            case _:
                raise MediaError(f"a lab's port was told {sorted(data)}, not a description")
        if self._far is None:
            raise MediaError(f"there is nobody called {person!r} in the lab")
        if kind == "offer":
            self._outbox.send_nowait(Signal({"description": {"type": "answer", "sdp": "lab"}}))
        self._outbox.send_nowait(Connected())
        self._outbox.send_nowait(TrackStarted("microphone", self.codec, self._codec.clock_rate))

    def received(self) -> Sequence[MediaPacket]:
        now = trio.current_time()
        arrived: list[MediaPacket] = []
        while self._arriving and self._arriving[0][0] <= now:
            arrived.append(heapq.heappop(self._arriving)[2])
        if arrived:
            self._heard = now
            self._received += len(arrived)
        return arrived

    def pictures(self) -> Sequence[Picture]:
        """None: people in a lab have no camera."""
        return ()

    def watch(self, kinds: frozenset[VideoKind]) -> None: ...

    async def extend(self, kinds: Sequence[MediaKind]) -> None:
        """People in a lab take no custom tracks."""
        await trio.lowlevel.checkpoint()

    def statistics(self) -> PortStatistics:
        """Packets only: there is no network whose loss anybody would report."""
        return PortStatistics(
            packets_sent=self._sent, packets_received=self._received, heard=self._heard
        )

    @property
    def connected(self) -> bool:
        """Whether somebody is at the other end, in the room."""
        return self._far is not None and self._far.present

    def exchange(self, index: int, payload: bytes | None, at: float) -> None:
        """Send 20 ms both ways: `payload` (None: silence), and what the person just said."""
        far = self._far
        if far is None or not far.present:
            return
        self._sent += 1
        far.hear(payload, at)
        arrival = far.upward.arrival(at)
        self._sequence += 1
        if arrival is not None:
            packet = RtpPacket(
                self._sequence & 0xFFFF,
                (self._sequence * self._codec.clock_rate // 50) & 0xFFFFFFFF,
                far.say(index),
            )
            medium = MediaPacket("microphone", self.codec, self._codec.clock_rate, packet, arrival)
            heapq.heappush(self._arriving, (arrival, self._sequence, medium))

    def close(self) -> None:
        self._outbox.close()


class LabLine:
    """One call's share of the lab's engine. See `actors.call.port.MediaLine`."""

    def __init__(self, codec: Codec, find: Callable[[str], FarSide | None]) -> None:
        self.playout = Playout()
        self.codec = codec.name
        self._codec = codec
        self._find = find
        self._ports: list[LabPort] = []
        self._told = int(trio.current_time() / TICK)

    async def tick(self) -> int:
        await sleep_until((self._told + 1) * TICK - LEAD)
        passed = max(1, int((trio.current_time() + LEAD) / TICK + 1e-6) - self._told)
        self._told += passed
        return passed

    def track(self, kind: MediaKind) -> Playout:
        """Nobody in a lab hears a custom track."""
        return Playout()

    def untrack(self, kind: MediaKind) -> None: ...

    def show(self, kind: VideoKind, frame: VideoFrame) -> None:
        """People in a lab have no eyes: the picture is dropped, and nothing is encoded."""

    @contextlib.asynccontextmanager
    async def open_port(
        self,
        *,
        servers: Sequence[IceServer] = (),
        loopback: bool = False,
        sends: frozenset[MediaKind] = frozenset(("microphone",)),
        receives: frozenset[MediaKind] = frozenset(("microphone",)),
    ) -> AsyncGenerator[LabPort]:
        port = LabPort(self._codec, self._find)
        self._ports.append(port)
        try:
            yield port
        finally:
            self._ports.remove(port)
            port.close()

    async def run(self) -> None:
        """Send until cancelled; moments are multiples of 20 ms, so no error adds up."""
        index = int(trio.current_time() / TICK) + 1
        while True:
            await sleep_until(index * TICK)
            self._send(index, index * TICK)
            index += 1

    def _send(self, index: int, at: float) -> None:
        payload = self.playout.take(at, heard=any(port.connected for port in self._ports))
        for port in self._ports:
            port.exchange(index, payload, at)


class LabEngine:
    """Carries the media of all calls of a lab. See `actors.call.port.MediaEngine`."""

    def __init__(self, codec: Codec, find: Callable[[str], FarSide | None]) -> None:
        self._codec = codec
        self._find = find

    @contextlib.asynccontextmanager
    async def open_line(
        self, video_settings: VideoSettings | None = None
    ) -> AsyncGenerator[LabLine]:
        line = LabLine(self._codec, self._find)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            yield line
            nursery.cancel_scope.cancel()
