"""A media port on a WebRTC connection: Trio outside, the engine's loop inside."""

import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import cast

import trio
from aiortc import RTCIceCandidate, RTCSessionDescription
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import candidate_from_sdp

from actors.call.port import (
    Closed,
    Connected,
    Failed,
    Kind,
    MediaPacket,
    PortEvent,
    PortStatistics,
    Signal,
    TrackEnded,
    TrackStarted,
)
from actors.call.webrtc.connection import Connection
from actors.call.webrtc.ice import Reach
from actors.call.webrtc.loop_thread import LoopThread
from actors.call.webrtc.receivers import RtpReceiver
from actors.call.webrtc.senders import RtpSender
from actors.call.webrtc.wire import MediaWire
from actors.errors import MediaError

MAX_WAITING = 500
"""Packets that may wait to be fetched; a call fetches them at every tick. At ten times the usual
rate a stalled call keeps its newest second."""

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
        reach: Reach,
        sends: frozenset[Kind],
        receives: frozenset[Kind],
    ) -> None:
        self._thread = thread
        self._reach = reach
        self._sends = sends
        self._receives = receives
        self._wire = MediaWire(clock)
        self._connection: Connection | None = None
        self._packets: deque[MediaPacket] = deque()
        self._overrun = 0
        self._send_event, self._events = trio.open_memory_channel[PortEvent](MAX_EVENTS)
        self._over = False

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
            kinds: list[Kind] = ["microphone"]
            return await self._open().offer(kinds)

        self._emit_here(Signal({"description": _plain(await self._thread.run(offer))}))

    async def signal(self, data: Mapping[str, object]) -> None:
        """Take a description or a candidate of the far side."""
        description, candidate = data.get("description"), data.get("candidate")
        if description is not None:
            taken = _description(description)
            reply = await self._run(lambda: self._take_description(taken))
            if reply is not None:
                self._emit_here(Signal({"description": _plain(reply)}))
        if candidate is not None:
            found = _candidate(candidate)
            if found is not None:
                await self._run(lambda: self._take_candidate(found))

    def received(self) -> Sequence[MediaPacket]:
        """Take all packets that came since the last call."""
        packets: list[MediaPacket] = []
        with contextlib.suppress(IndexError):  # the loop's thread only appends
            while True:
                packets.append(self._packets.popleft())
        return packets

    def statistics(self) -> PortStatistics:
        """What was carried so far."""
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
            on_error=self.broke,
        )
        connection.on("connectionstatechange", lambda: self._on_state(connection))
        self._connection = connection
        return connection

    def _direction(self, kind: Kind) -> str:
        sends, receives = kind in self._sends, kind in self._receives
        if sends:
            return "sendrecv" if receives else "sendonly"
        return "recvonly" if receives else "inactive"

    async def _take_description(
        self, description: RTCSessionDescription
    ) -> RTCSessionDescription | None:
        if description.type == "offer":
            return await (self._connection or self._open()).answer(description)
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
                self._emit(Connected())
            case "failed":
                self._emit(Failed("no way through the network was found, or it was lost"))
            case "closed" if not self._over:
                self._emit(Closed())
            case _:
                pass

    @property
    def connected(self) -> bool:
        """Whether the far side takes our audio."""
        sender = self._microphone
        return sender is not None and sender.live

    def send_audio(self, payload: bytes, timestamp: int, at: float) -> None:
        """Send 20 ms of audio, if the far side is connected. For the ticker."""
        if self._microphone is not None:
            self._microphone.send_packet(payload, timestamp, at)

    def broke(self, error: Exception) -> None:
        """Tell that something in this connection failed."""
        self._emit(Failed(f"the connection broke down: {error!r}"))

    @property
    def _microphone(self) -> RtpSender | None:
        return self._connection.sender("microphone") if self._connection else None

    def _emit(self, event: PortEvent) -> None:
        self._thread.deliver(lambda: self._emit_here(event))

    def _emit_here(self, event: PortEvent) -> None:
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            self._send_event.send_nowait(event)

    def add_receiver(self, receiver: RtpReceiver, mid_extension: int) -> None:
        """Route its packets."""
        self._wire.add_receiver(receiver, mid_extension)

    def remove_receiver(self, receiver: RtpReceiver) -> None:
        """Route them no more."""
        self._wire.remove_receiver(receiver)

    def packet(self, packet: MediaPacket) -> None:
        """Keep a packet until it is fetched."""
        if len(self._packets) >= MAX_WAITING:
            self._overrun += 1
            with contextlib.suppress(IndexError):
                self._packets.popleft()
        self._packets.append(packet)

    def started(self, kind: Kind, codec: RTCRtpCodecParameters) -> None:
        """Tell of a track."""
        self._emit(TrackStarted(kind, codec.name.lower(), codec.clockRate))

    def ended(self, kind: Kind) -> None:
        """Tell of a track's end."""
        self._emit(TrackEnded(kind))


def _plain(description: RTCSessionDescription) -> dict[str, object]:
    return {"type": description.type, "sdp": description.sdp}


def _description(data: object) -> RTCSessionDescription:
    match data:
        case {"type": "offer" | "answer", "sdp": str(sdp)}:
            kind = cast("dict[str, str]", data)["type"]
            if "\nm=" not in sdp:
                raise MediaError("a description came with neither audio nor video in it")
            return RTCSessionDescription(sdp=sdp, type=kind)
        case _:
            raise MediaError("a description needs a type, offer or answer, and an sdp")


def _candidate(data: object) -> RTCIceCandidate | None:
    """Read a browser's candidate (RTCIceCandidateInit); None for the end of them."""
    match data:
        case {"candidate": str(text)} if text:
            pass
        case {"candidate": ""} | {"candidate": None}:
            return None
        case _:
            raise MediaError("a candidate needs a candidate line")
    mid = cast("dict[str, object]", data).get("sdpMid")
    index = cast("dict[str, object]", data).get("sdpMLineIndex")
    try:
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
    except (ValueError, IndexError, AssertionError) as error:
        raise MediaError("a candidate line could not be read") from error
    candidate.sdpMid = mid if isinstance(mid, str) else None
    candidate.sdpMLineIndex = index if isinstance(index, int) else None
    if candidate.sdpMid is None and candidate.sdpMLineIndex is None:
        candidate.sdpMLineIndex = 0
    return candidate
