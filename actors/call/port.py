"""The seam between a call and whatever carries its media.

Nothing here knows WebRTC or Opus: a packet says its codec and clock rate, and what two ports must
tell each other before media flows is opaque to the call that carries it. There are three kinds of
ports: the real engine's (`actors.call.webrtc`), a fake in virtual time for tests, and
the real one over an in-memory network.

All of it is called from the Trio thread; whatever lives elsewhere crosses inside the engine.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, TypeAlias, cast

import attrs
import trio

from actors.call.playout import Playout
from actors.call.settings import VideoSettings
from actors.messages import Picture, VideoKind
from media import VideoFrame
from media.jitter import RtpPacket

TICK = 0.020
"""Seconds between two ticks of an engine, and the length of every audio frame on the wire."""

LEAD = 0.008
"""Seconds from a tick's signal to the moment when its packets are sent."""

MediaKind: TypeAlias = str
"""What a track shows or says: one of `KINDS`, or a custom track's `audio:NAME` or `video:NAME`."""

KINDS: tuple[MediaKind, ...] = ("microphone", "camera", "screen", "screen_audio")
"""In the order of their sections in an offer."""

Medium = Literal["audio", "video"]


def custom_kind(medium: Medium, name: str) -> MediaKind:
    return f"{medium}:{name}"


def medium_and_name(kind: MediaKind) -> tuple[Medium, str | None]:
    """What a track of this kind is, and a custom track's name."""
    medium, colon, name = kind.partition(":")
    if colon:
        return ("video" if medium == "video" else "audio"), name
    return ("video" if kind in ("camera", "screen") else "audio"), None


@attrs.define(slots=True, eq=False)
class MediaPacket:
    """One packet as it came from the network: encoded, not yet ordered.

    Attributes:
        kind: the track that it belongs to.
        codec: the format of the payload, in lower case as in SDP: "opus", "l16", "vp8", ...
        clock_rate: ticks a second of the packet's time stamp.
        packet: sequence number, time stamp, marker, source and payload.
        arrived: when the network gave it, in seconds of Trio's clock.
    """

    kind: MediaKind
    codec: str
    clock_rate: int
    packet: RtpPacket
    arrived: float


@attrs.frozen
class Signal:
    """Something that the far side's port must be told; the call carries it unread."""

    data: Mapping[str, object]


@attrs.frozen
class Connected:
    """Media flows, or could."""


@attrs.frozen
class ConnectionFailed:
    """The port broke down and will carry nothing any more. `reason` is a sentence."""

    reason: str


@attrs.frozen
class Closed:
    """The far side hung up."""


@attrs.frozen
class TrackStarted:
    """The far side may send this kind of track from now on."""

    kind: MediaKind
    codec: str
    clock_rate: int


@attrs.frozen
class TrackEnded:
    """The far side will send no more of this kind of track."""

    kind: MediaKind


PortEvent = Signal | Connected | ConnectionFailed | Closed | TrackStarted | TrackEnded


@attrs.frozen
class PortStatistics:
    """What a port has carried so far.

    Attributes:
        round_trip: seconds there and back, as last measured; None before the first report.
        lost_there: share of our packets that the far side missed lately, 0 to 1.
        lost_here: packets of the far side that never came.
        jitter: variation of the arrival times in seconds (RFC 3550, A.8).
        heard: when the last packet came, in seconds of Trio's clock; None if none ever did.
        discarded: packets that came and were thrown away, because they were no media of this
            call or because nobody fetched them in time.
        pictures: pictures of the far side that were decoded.
    """

    packets_sent: int = 0
    bytes_sent: int = 0
    packets_received: int = 0
    bytes_received: int = 0
    round_trip: float | None = None
    lost_there: float = 0.0
    lost_here: int = 0
    jitter: float = 0.0
    heard: float | None = None
    discarded: int = 0
    pictures: int = 0


@attrs.frozen
class IceServer:
    """A STUN or TURN server: its URLs (RFC 7064, RFC 7065) and what it wants to be told."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = attrs.field(default=None, repr=False)


class MediaPort(Protocol):
    """The media with one participant."""

    @property
    def events(self) -> trio.MemoryReceiveChannel[PortEvent]:
        """What happens to this port, in order. It ends when the port is closed."""
        ...

    @property
    def codec(self) -> str:
        """What the play-out's packets must be encoded in for this port: "opus" or "l16"."""
        ...

    @property
    def delay(self) -> float:
        """Seconds from sending a packet until the far side plays it, as far as is known."""
        ...

    async def start(self) -> None:
        """Take the first step: the far side will hear from us (by `Signal` events)."""

    async def signal(self, data: Mapping[str, object]) -> None:
        """Take what the far side's port told.

        Raises:
            MediaError: when it cannot be understood or nothing in it is common to both sides.
        """

    def received(self) -> Sequence[MediaPacket]:
        """Take all packets that came since the last call, in order of arrival. Never waits."""
        ...

    def pictures(self) -> Sequence[Picture]:
        """Take the newest picture of each track that came since the last call. Never waits.

        Older ones that were not taken are dropped: the latest picture wins.
        """
        ...

    def watch(self, kinds: frozenset[VideoKind]) -> None:
        """Decode these tracks of the far side and no others; camera and screen, unless told."""

    async def extend(self, kinds: Sequence[MediaKind]) -> None:
        """Offer these custom tracks too, in both directions. Only the side that began may.

        It waits for the answer to an earlier offer, and does nothing where all of them are there.
        """

    def statistics(self) -> PortStatistics: ...


class MediaLine(Protocol):
    """One call's share of an engine: its play-out, its tick, its ports."""

    @property
    def playout(self) -> Playout:
        """What is sent to all of this line's ports: one packet a tick."""
        ...

    @property
    def codec(self) -> str:
        """What the play-out's packets are encoded in: "opus", or "l16" of a fake."""
        ...

    async def tick(self) -> int:
        """Wait for the next tick; it comes `LEAD` seconds before the tick's packet is sent.

        Returns:
            How many ticks have passed since the last call: 1, or more when the caller was late.
        """
        ...

    def show(self, kind: VideoKind, frame: VideoFrame) -> None:
        """Send a picture on this track to every port whose far side takes it. Never waits.

        The latest picture wins: what waits to be encoded gives way to it. Nothing is encoded
        while nobody takes it.
        """

    def track(self, kind: MediaKind) -> Playout:
        """What is sent on a custom audio track, made on first use."""
        ...

    def untrack(self, kind: MediaKind) -> None:
        """Send nothing more on a custom audio track, not even silence."""

    def open_port(
        self,
        *,
        servers: Sequence[IceServer] = (),
        loopback: bool = False,
        sends: frozenset[MediaKind] = frozenset(("microphone",)),
        receives: frozenset[MediaKind] = frozenset(("microphone",)),
    ) -> AbstractAsyncContextManager[MediaPort]:
        """A port to one participant, closed when the block is left.

        Args:
            servers: what may help to reach the far side.
            loopback: whether the far side may be on this very machine.
            sends: the tracks that we may send at any time.
            receives: the far side's tracks that we may want at any time.
        """
        ...


class MediaEngine(Protocol):
    """What carries media for any number of calls."""

    def open_line(
        self, video_settings: VideoSettings | None = None
    ) -> AbstractAsyncContextManager[MediaLine]:
        """A line for one call. Leaving the block closes it; all its ports are closed before.

        `video_settings` says how pictures are encoded.
        """
        ...


def read_names(data: object) -> dict[str, MediaKind]:
    """Read `{mid: {kind, name}}`: the tracks' kinds by mid. What is unreadable is left out."""
    names: dict[str, MediaKind] = {}
    if isinstance(data, Mapping):
        for mid, track in cast("Mapping[object, object]", data).items():
            match mid, track:
                case str(), {"kind": "audio" | "video", "name": str(name)}:
                    medium = cast("dict[str, Medium]", track)["kind"]
                    names[mid] = custom_kind(medium, name)
                case _:
                    pass
    return names


def plain_names(names: Mapping[str, MediaKind]) -> dict[str, dict[str, str]]:
    told = {mid: medium_and_name(kind) for mid, kind in names.items()}
    return {mid: {"kind": medium, "name": name or ""} for mid, (medium, name) in told.items()}
