"""One participant's media: a port, made anew whenever it breaks; and all participants' peers."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, cast

import trio

from actors import protocol
from actors.call.candidates import Candidates, why_unconnected
from actors.call.negotiation import Negotiation, Phase
from actors.call.port import (
    Closed,
    Connected,
    ConnectionFailed,
    MediaKind,
    MediaPacket,
    MediaPort,
    PortStatistics,
    Signal,
    TrackEnded,
    TrackStarted,
    medium_and_name,
    read_names,
)
from actors.errors import MediaError
from actors.messages import VIDEO_KINDS, Picture, VideoKind
from runtime import Backoff, Child, Children
from runtime.errors import lone

CONNECT_SECONDS = 15.0
"""From the first signal until media must be connected."""

SILENT_SECONDS = 5.0
"""Without a packet or a connectivity check for so long, a connection is taken for dead."""

ASK_AGAIN_SECONDS = 5.0
"""How long to wait for an offer before asking for one (again)."""

RETRY = Backoff(0.1, 5.0, immediate_first=False)
MAX_SIGNALS = 100


class PeerObserver(Protocol):
    """Who is told how a participant's media does."""

    def connected(self, participant: str) -> None: ...

    def disconnected(self, participant: str, reason: str) -> None:
        """It cannot; a new attempt follows. `reason` is a sentence."""

    def crashed(self, participant: str, error: BaseException) -> None:
        """An error of ours ended an attempt; a new one follows."""


class Peer:
    """Keeps media with one participant going, one attempt after the other.

    Args:
        offers: whether we came later and so offer.
        yields: whether the other side's offer counts where both sides take themselves for the
            later one, as a server's restart may bring about.
        open_port: makes the port of one attempt.
        send: passes a signal to the room.
    """

    def __init__(
        self,
        participant: str,
        *,
        offers: bool,
        yields: bool = False,
        open_port: Callable[[], AbstractAsyncContextManager[MediaPort]],
        send: Callable[[protocol.Signal], None],
        observer: PeerObserver,
    ) -> None:
        self.participant = participant
        self._negotiation = Negotiation(offers, yields)
        self._open_port = open_port
        self._send = send
        self._observer = observer
        self._port: MediaPort | None = None
        self._last: Sequence[MediaPacket] = ()
        self._watched: frozenset[VideoKind] = frozenset(VIDEO_KINDS)
        self._further: tuple[MediaKind, ...] = ()
        self._extended = trio.Event()
        self._signals: deque[protocol.Signal] = deque(maxlen=MAX_SIGNALS)
        self._signalled = trio.Event()
        self._connected = trio.Event()
        self._ours, self._theirs = Candidates(), Candidates()
        self._scope: trio.CancelScope | None = None
        self._over = ""

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    def received(self) -> Sequence[MediaPacket]:
        """What came since the last call."""
        came = self._port.received() if self._port is not None else ()
        if self._last:
            came = (*self._last, *came)
            self._last = ()
        return came

    def pictures(self) -> Sequence[Picture]:
        """The newest picture of each of the participant's tracks since the last call."""
        return self._port.pictures() if self._port is not None else ()

    def watch(self, kinds: frozenset[VideoKind]) -> None:
        """Decode these tracks and no others, in this attempt and in later ones."""
        if kinds == self._watched:
            return
        self._watched = kinds
        if self._port is not None:
            self._port.watch(kinds)

    def extend(self, kinds: Sequence[MediaKind]) -> None:
        """Have sections for these custom tracks, in this attempt and in later ones.

        The side that offers makes them; the other side's `extend` changes nothing.
        """
        self._further = tuple(kinds)
        self._extended.set()

    def statistics(self) -> PortStatistics:
        return self._port.statistics() if self._port is not None else PortStatistics()

    def take(self, signal: protocol.Signal) -> None:
        decision = self._negotiation.take(signal, self._phase)
        if decision.forget:
            self._signals.clear()
        if decision.renew:
            self._renew(decision.renew)
        if decision.accepted:
            self._signals.append(signal)
            self._signalled.set()

    @property
    def _phase(self) -> Phase:
        if self._port is not None:
            return Phase.OPEN
        return Phase.RESTING if self._scope is None else Phase.WAITING

    async def run(self) -> None:
        """Keep the media going until cancelled."""
        state, failures = self._negotiation, 0
        while True:
            attempt, begun, began = state.attempt, state.begun, trio.current_time()
            connected = await self._guarded()
            if connected or trio.current_time() - began > CONNECT_SECONDS:
                failures = 0
            if state.offers:
                state.go_on()
            elif state.begun == begun and not self._signals:
                self._send(protocol.Signal(to=self.participant, attempt=attempt, restart=True))
            with trio.move_on_after(RETRY.delay(failures)):
                if state.offers:
                    await trio.sleep_forever()
                await self._signalled.wait()  # the other side's offer is answered at once
            failures += 1

    async def _guarded(self) -> bool:
        """Make one attempt; True if it ever was connected. An error ends that attempt only."""
        self._over, self._signalled = "", trio.Event()
        self._negotiation.offered = False
        self._ours, self._theirs = Candidates(), Candidates()
        if self._signals:
            self._signalled.set()
        was_connected = False
        scope = self._scope = trio.CancelScope()
        try:
            with scope:
                await self._try()
        except* MediaError as errors:
            self._over = str(lone(errors))
        except* Exception as errors:
            # A crash here is this participant's alone: it is told, and media is made anew.
            self._over = f"the connection crashed: {type(lone(errors)).__name__}"
            self._observer.crashed(self.participant, errors)
        finally:
            was_connected, self._connected = self.is_connected, trio.Event()
            self._port = self._scope = None
        if was_connected and not self._over:
            self._over = "the connection ended"
        if self._over:
            self._observer.disconnected(self.participant, self._over)
        return was_connected

    async def _try(self) -> None:
        if not self._negotiation.offers:
            with trio.move_on_after(ASK_AGAIN_SECONDS):
                await self._signalled.wait()
            if not self._signals:
                return
        begun = self._negotiation.begun
        try:
            await self._attempt_once()
        finally:
            if self._negotiation.begun == begun:  # else a newer one has begun already
                self._negotiation.give_up()
                self._signals.clear()

    async def _attempt_once(self) -> None:
        async with self._open_port() as port, trio.open_nursery() as nursery:
            self._port = port
            port.watch(self._watched)
            nursery.start_soon(self._pass_signals, port)
            nursery.start_soon(self._watch, port)
            nursery.start_soon(self._extend, port)
            if self._negotiation.offers:
                await port.start()
            await self._follow(port)
            self._last = port.received()  # whoever hangs up has been heard until then
            nursery.cancel_scope.cancel()

    async def _pass_signals(self, port: MediaPort) -> None:
        while True:
            await self._signalled.wait()
            self._signalled = trio.Event()
            while self._signals:
                data = _to_port(self._signals.popleft())
                self._theirs.add(data)
                await port.signal(data)

    async def _extend(self, port: MediaPort) -> None:
        await self._connected.wait()
        while self._negotiation.offers:
            if self._further:
                await port.extend(self._further)
            await self._extended.wait()
            self._extended = trio.Event()

    async def _follow(self, port: MediaPort) -> None:
        async for event in port.events:
            match event:
                case Signal(data):
                    self._ours.add(data)
                    self._negotiation.offered = True
                    attempt = self._negotiation.attempt
                    self._send(_to_protocol(self.participant, attempt, data))
                case Connected():
                    if not self.is_connected:
                        self._connected.set()
                        self._observer.connected(self.participant)
                case ConnectionFailed(reason):
                    self._over = reason
                    return
                case Closed():
                    self._over = "the other side closed the connection"
                    return
                case TrackStarted() | TrackEnded():
                    pass

    async def _watch(self, port: MediaPort) -> None:
        with trio.move_on_after(CONNECT_SECONDS):
            await self._connected.wait()
        if not self.is_connected:
            why = why_unconnected(self._ours, self._theirs)
            self._renew(f"no connection came about within {CONNECT_SECONDS:g} s. {why}")
            return
        since = trio.current_time()
        while True:
            await trio.sleep(0.5)
            heard = max(since, port.statistics().heard or since)
            if trio.current_time() - heard > SILENT_SECONDS:
                self._renew(f"nothing was heard for {SILENT_SECONDS:g} s")

    def _renew(self, reason: str) -> None:
        self._over = reason
        if self._scope is not None:
            self._scope.cancel()


def _to_port(signal: protocol.Signal) -> dict[str, object]:
    data: dict[str, object] = {}
    if signal.description is not None:
        data["description"] = signal.description
        data["tracks"] = {
            mid: {"kind": track.kind, "name": track.name}
            for mid, track in (signal.tracks or {}).items()
        }
    if signal.candidate is not None:
        data["candidate"] = signal.candidate
    return data


def _to_protocol(to: str, attempt: int, data: Mapping[str, object]) -> protocol.Signal:
    description, candidate = data.get("description"), data.get("candidate")
    if isinstance(description, Mapping):
        said = cast("Mapping[str, protocol.Json]", description)
        tracks = {
            mid: protocol.Track(medium, name or "")
            for mid, kind in read_names(data.get("tracks")).items()
            for medium, name in (medium_and_name(kind),)
        }
        return protocol.Signal(to=to, attempt=attempt, description=said, tracks=tracks or None)
    if isinstance(candidate, Mapping):
        said = cast("Mapping[str, protocol.Json]", candidate)
        return protocol.Signal(to=to, attempt=attempt, candidate=said)
    raise MediaError("a port wants to signal what no room passes on")


class Peers:
    """The connections with the others, by participant. Iterating gives each `Peer`.

    Each is a child of the call's actor, `call/ID`.
    """

    children: Children
    """Set while the call is on."""

    def __init__(self) -> None:
        self._peers: dict[str, tuple[Peer, Child]] = {}

    def open(self, peer: Peer) -> None:
        """Keep media with a participant going until `close`."""
        child = self.children.start(peer.participant, peer.run)
        self._peers[peer.participant] = (peer, child)

    def close(self, participant: str) -> None:
        """End media with a participant."""
        _, child = self._peers.pop(participant)
        child.stop("the participant has left")

    def __iter__(self) -> Iterator[Peer]:
        return iter([peer for peer, _ in self._peers.values()])

    def __contains__(self, participant: str) -> bool:
        return participant in self._peers

    def __getitem__(self, participant: str) -> Peer:
        return self._peers[participant][0]

    @property
    def connected(self) -> bool:
        """Whether media can flow with anybody."""
        return any(peer.is_connected for peer in self)

    def statistics(self) -> Mapping[str, PortStatistics]:
        """Return what was carried to and from each participant, by id."""
        return {peer.participant: peer.statistics() for peer in self}
