"""A media port on a WebRTC connection: Trio outside, the engine's loop inside."""

import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import cast

import trio
from aiortc import RTCIceCandidate, RTCSessionDescription
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from actors.call.ice_settings import IceSettings
from actors.call.port import (
    KINDS,
    Closed,
    Connected,
    ConnectionFailed,
    MediaKind,
    MediaPacket,
    PortEvent,
    PortStatistics,
    Signal,
    TrackEnded,
    TrackStarted,
    plain_names,
    read_names,
)
from actors.call.settings import VideoSettings
from actors.call.webrtc.alignment import Arrival
from actors.call.webrtc.connection import Connection
from actors.call.webrtc.datagrams import Poller
from actors.call.webrtc.descriptions import plain, read_candidate, read_description
from actors.call.webrtc.loop_thread import LoopThread
from actors.call.webrtc.receivers import RtpReceiver
from actors.call.webrtc.video_receiver import VideoReceiver
from actors.call.webrtc.video_sender import VideoSender
from actors.call.webrtc.wire import MediaWire
from actors.errors import MediaError
from actors.messages import VIDEO_KINDS, Picture, VideoKind

MAX_WAITING = 500
"""Packets that may wait to be fetched; a call fetches them at every tick. At ten times the usual
rate a stalled call keeps its newest second."""

TOLD = 25
"""Packets after which a source's jitter is known well enough."""

MAX_EVENTS = 100
"""Events that may wait. There are a handful in a connection's life."""


class WebRtcPort:
    """One participant's media over WebRTC. See `actors.call.port.MediaPort`."""

    codec = "opus"

    def __init__(
        self,
        thread: LoopThread,
        clock: Callable[[], float],
        *,
        reach: IceSettings,
        sends: frozenset[MediaKind],
        receives: frozenset[MediaKind],
        video_settings: VideoSettings,
        poller: Poller | None = None,
    ) -> None:
        self._thread = thread
        self._reach = reach
        self._sends = sends
        self._receives = receives
        self._video_settings = video_settings
        self._poller = poller
        self._watched: frozenset[VideoKind] = frozenset(VIDEO_KINDS)
        self._pictures: dict[VideoKind, Picture] = {}
        self._wire = MediaWire(clock)
        self._connection: Connection | None = None
        self._packets: deque[MediaPacket] = deque()
        self._overrun = 0
        self._send_event, self._events = trio.open_memory_channel[PortEvent](MAX_EVENTS)
        self._over = False
        self._answered = trio.Event()
        self._extending = trio.Lock()

    # On the Trio side

    @property
    def events(self) -> trio.MemoryReceiveChannel[PortEvent]:
        """What happens to this port, in order."""
        return self._events

    @property
    def delay(self) -> float:
        """Half the round trip and 40 ms, what a browser's own buffer usually holds."""
        return (self.statistics().round_trip or 0.0) / 2 + 0.04

    async def start(self) -> None:
        """Offer: the far side hears of it by a `Signal`."""

        async def offer() -> RTCSessionDescription:
            # A section's place says what it shows, so none before the last may be left out.
            used = [kind in self._sends | self._receives for kind in KINDS]
            last = max((index for index, is_used in enumerate(used) if is_used), default=0)
            return await self._open().offer(list(KINDS[: last + 1]))

        self._answered = trio.Event()
        self._emit_here(Signal({"description": plain(await self._thread.run(offer))}))

    async def extend(self, kinds: Sequence[MediaKind]) -> None:
        async with self._extending:
            await self._answered.wait()
            connection = self._connection
            if connection is None:
                return
            offer = await self._run(lambda: connection.extend(kinds))
            if offer is not None:
                self._answered = trio.Event()
                names = plain_names(connection.names())
                self._emit_here(Signal({"description": plain(offer), "tracks": names}))

    async def signal(self, data: Mapping[str, object]) -> None:
        """Take a description or a candidate of the far side."""
        description, candidate = data.get("description"), data.get("candidate")
        if description is not None:
            taken, names = read_description(description), read_names(data.get("tracks"))
            reply = await self._run(lambda: self._take_description(taken, names))
            if reply is not None:
                self._emit_here(Signal({"description": plain(reply)}))
            else:
                self._answered.set()
        if candidate is not None:
            found = read_candidate(candidate)
            if found is not None:
                await self._run(lambda: self._take_candidate(found))

    def received(self) -> Sequence[MediaPacket]:
        """Take all packets that came since the last call."""
        packets: list[MediaPacket] = []
        waiting = self._packets
        try:
            while waiting:
                packets.append(waiting.popleft())
        except IndexError:  # the loop's thread dropped the oldest in between
            pass
        return packets

    def pictures(self) -> Sequence[Picture]:
        """Take the newest picture of each track that came since the last call."""
        pictures: list[Picture] = []
        while self._pictures:  # the tracks' threads only put
            pictures.append(self._pictures.popitem()[1])
        return pictures

    def watch(self, kinds: frozenset[VideoKind]) -> None:
        """Decode these tracks of the far side and no others."""
        self._watched = kinds
        self._thread.post(self._tell_watched)

    def statistics(self) -> PortStatistics:
        wire = self._wire
        senders = list(wire.senders)
        sources = [s for r in list(wire.receivers) for s in list(r.sources.values())]
        trips = [s.round_trip for s in senders if s.round_trip is not None]
        return PortStatistics(
            packets_sent=wire.packets_sent,
            bytes_sent=wire.bytes_sent,
            packets_received=wire.packets_received,
            bytes_received=wire.bytes_received,
            round_trip=min(trips) if trips else None,
            lost_there=max((s.fraction_lost for s in senders), default=0.0),
            lost_here=sum(max(0, s.lost) for s in sources),
            jitter=max((s.jitter_seconds for s in sources), default=0.0),
            heard=wire.heard,
            discarded=wire.discarded + self._overrun,
            pictures=sum(receiver.decoded for receiver in self._video_receivers()),
        )

    async def aclose(self) -> None:
        """Close the connection and all that it began. Shield this, with a deadline."""
        self._over = True

        async def close() -> None:
            if self._connection is not None:
                await self._connection.close()
            await self._wire.close()

        await self._thread.run(close)
        self._send_event.close()
        for receiver in self._video_receivers():
            await receiver.worker.ended()

    async def _run(
        self, function: Callable[[], Coroutine[object, object, object]]
    ) -> RTCSessionDescription | None:
        try:
            return cast("RTCSessionDescription | None", await self._thread.run(function))
        except MediaError:
            raise
        except Exception as error:
            # aiortc raises ValueError, InvalidStateError, OperationError, AssertionError and
            # more for a description that it cannot use: all mean the same here.
            raise MediaError(f"what the other side offered cannot be used: {error}") from error

    # On the loop's side

    def _open(self) -> Connection:
        connection = Connection(
            self._wire,
            self,
            reach=self._reach,
            directions=self._direction,
            video_settings=self._video_settings,
            worker=self._thread.worker,
            poller=self._poller,
        )
        connection.on("connectionstatechange", lambda: self._on_state(connection))
        self._connection = connection
        return connection

    def _direction(self, kind: MediaKind) -> str:
        if kind not in KINDS:
            return "sendrecv"
        sends, receives = kind in self._sends, kind in self._receives
        if sends:
            return "sendrecv" if receives else "sendonly"
        return "recvonly" if receives else "inactive"

    async def _take_description(
        self, description: RTCSessionDescription, names: Mapping[str, MediaKind]
    ) -> RTCSessionDescription | None:
        if description.type == "offer":
            return await (self._connection or self._open()).answer(description, names)
        if self._connection is None:
            raise MediaError("an answer came although nothing was offered")
        await self._connection.setRemoteDescription(description)
        return None

    async def _take_candidate(self, candidate: RTCIceCandidate) -> None:
        if self._connection is not None:
            await self._connection.addIceCandidate(candidate)

    def _on_state(self, connection: Connection) -> None:
        match connection.connectionState:
            case "connected":
                self._choose_reading()
                self._emit(Connected())
            case "failed":
                self._emit(ConnectionFailed("no way through the network was found, or it was lost"))
            case "closed" if not self._over:
                self._emit(Closed())
            case _:
                pass

    @property
    def is_heard(self) -> bool:
        """Whether the far side takes our voice. For the ticker."""
        sender = self._connection.sender("microphone") if self._connection else None
        return sender is not None and sender.live

    def send_audio(self, payload: bytes, timestamp: int, at: float, kind: MediaKind) -> None:
        """Send 20 ms of a track, if the far side takes it. For the ticker."""
        sender = self._connection.sender(kind) if self._connection else None
        if sender is not None:
            sender.send_packet(payload, timestamp, at)

    def video_sender(self, kind: VideoKind) -> VideoSender | None:
        """Our pictures' way to the far side, while it takes them. Any thread."""
        sender = self._connection.sender(kind) if self._connection else None
        return sender if isinstance(sender, VideoSender) and sender.live else None

    def arrivals(self, since: float) -> Iterator[Arrival]:
        """The last audio packet of each source that came after this second. For the ticker."""
        for receiver in self._wire.receivers:
            if not receiver.on_any_thread:
                continue  # pictures are not pulled at ticks
            for number, source in list(receiver.sources.items()):
                if source.arrived > since and source.received >= TOLD:
                    yield Arrival(number, source.arrived, source.jitter_seconds)

    def tick(self, at: float) -> None:
        """Ask for what is missing of the far side's pictures. Once a tick."""
        connection = self._connection
        if connection is not None:
            for receiver in connection.video_receivers:
                receiver.poll(at)

    def broke(self, error: Exception) -> None:
        """Tell that something in this connection failed. Any thread."""
        self._thread.post(self._emit, ConnectionFailed(f"the connection broke down: {error!r}"))

    def _video_receivers(self) -> list[VideoReceiver]:
        return self._connection.video_receivers if self._connection else []

    def _tell_watched(self) -> None:
        for receiver in self._video_receivers():
            taken = receiver.kind in self._receives or receiver.kind not in KINDS
            receiver.watch(taken and receiver.kind in self._watched)
        self._choose_reading()

    def _choose_reading(self) -> None:
        """Read at ticks while only audio comes: pictures are bursts, which must not wait."""
        connection = self._connection
        if connection is not None:
            seen = any(receiver.shows for receiver in connection.video_receivers)
            connection.poll(connection.connectionState == "connected" and not seen)

    def _emit(self, event: PortEvent) -> None:
        self._thread.deliver(lambda: self._emit_here(event))

    def _emit_here(self, event: PortEvent) -> None:
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            self._send_event.send_nowait(event)

    def add_receiver(self, receiver: RtpReceiver, mid_extension: int) -> None:
        self._wire.add_receiver(receiver, mid_extension)
        self._tell_watched()

    def remove_receiver(self, receiver: RtpReceiver) -> None:
        self._wire.remove_receiver(receiver)

    def forget(self, source: int) -> None:
        self._wire.forget(source)

    def packet(self, packet: MediaPacket) -> None:
        """Keep a packet until it is fetched."""
        if len(self._packets) >= MAX_WAITING:
            self._overrun += 1
            with contextlib.suppress(IndexError):
                self._packets.popleft()
        self._packets.append(packet)

    def picture(self, picture: Picture) -> None:
        """Keep the newest picture of a track until it is fetched. On the track's thread."""
        self._pictures[picture.kind] = picture

    def started(self, kind: MediaKind, codec: RTCRtpCodecParameters) -> None:
        self._emit(TrackStarted(kind, codec.name.lower(), codec.clockRate))

    def ended(self, kind: MediaKind) -> None:
        self._emit(TrackEnded(kind))
