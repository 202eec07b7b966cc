"""One life of a call: who is there, what is heard, what is said."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal

import trio
from structlog.typing import FilteringBoundLogger

from actors import protocol
from actors.call.ice_settings import ice_server
from actors.call.listening import SAMPLE_RATE
from actors.call.microphone import MicrophoneFeed
from actors.call.peer import Peer, Peers
from actors.call.playout import Playout
from actors.call.port import IceServer, MediaLine, MediaPort, PortStatistics, custom_kind
from actors.call.publishing import Published
from actors.call.receiving import Outlets, Receiving
from actors.call.roster import Roster
from actors.call.settings import AudioSettings
from actors.call.signalling import RoomChannel
from actors.errors import CallEnded, CallError
from actors.messages import CallEvent, ChatMessage, ParticipantEvent, to_protocol
from actors.protocol import ClientMessage, Joined, Json, Participant, ServerMessage
from runtime import Children

PATIENCE = 3.0
"""Seconds after media connected when speech goes out, even if nobody said that they hear."""


class Gate:
    """Keeps speech in the play-out until a participant says `playing`, at most 3 s.

    A browser that has just connected buffers, fades in, or waits for a click before it plays: a
    greeting sent at once loses its first words. When everybody has gone the gate closes again.
    """

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self._connected: float | None = None
        self._open = False
        playout.close_gate()

    def connected(self, now: float) -> None:
        if self._connected is None:
            self._connected = now

    def playing(self) -> None:
        if not self._open:
            self._open = True
            self._playout.open_gate()

    def deserted(self) -> None:
        self._connected = None
        if self._open:
            self._open = False
            self._playout.close_gate()

    def tick(self, now: float) -> None:
        if self._connected is not None and now - self._connected >= PATIENCE:
            self.playing()


OpenPort = Callable[[tuple[IceServer, ...]], AbstractAsyncContextManager[MediaPort]]

ADAPT_SECONDS = 0.5
"""Seconds after which the encoder hears of the loss that the others report, and decoders of who
is looked at."""


class CallLife:
    """Joins the room's messages, the participants' media and the call's ports.

    `run` goes on until the call has ended, and returns why. Everything else may be called
    meanwhile, from the Trio thread.
    """

    def __init__(
        self,
        line: MediaLine,
        signalling: RoomChannel,
        outlets: Outlets,
        *,
        open_port: OpenPort,
        children: Callable[[], Children],
        log: FilteringBoundLogger,
        audio_settings: AudioSettings | None = None,
        sample_rate: int = SAMPLE_RATE,
    ) -> None:
        self.feed = MicrophoneFeed(line.playout, line.codec, trio.current_time, audio_settings)
        self.published = Published(line, audio_settings, self._tell_tracks)
        """Custom tracks of our own."""
        self._line = line
        self._signalling = signalling
        self._outlets = outlets
        self._open_port = open_port
        self._log = log
        self._gate = Gate(line.playout)
        self._roster = Roster()
        self._peers = Peers()
        self._children = children
        self.receiving = Receiving(self._peers, self._roster, outlets, sample_rate)
        """What comes of the others, and what of it is wanted."""
        self._adapt_at = 0.0
        self.own_changed: Callable[[Participant], None] = lambda own: None
        """Called when something about ourselves has changed: by us, or by an owner."""
        self.ordered: Callable[[protocol.Admin], None] = lambda order: None
        """Called when an owner switches our media or changes our permissions."""
        self.reached: Callable[[bool], None] = lambda here: None
        """Called with False when the room is out of reach, with True when it is back."""
        signalling.lost = lambda: self.reached(False)
        self._servers: tuple[IceServer, ...] = ()
        self._told_playing = False
        self.unsent = 0
        """Captions and signals that were lost because too much waited for an absent room."""
        self.entered = trio.Event()
        """Set when it is known who is there."""
        self.ended = ""
        """Why the call ended, a sentence; empty while it goes on."""

    @property
    def id(self) -> str:
        """Our own id in the room; empty before we are in."""
        return self._roster.own_id

    @property
    def own(self) -> Participant | None:
        """Ourselves as the room shows us; None before we are in."""
        return self._roster.own

    @property
    def session(self) -> str:
        """The id of this meeting, the same for everybody in it."""
        return self._roster.session

    @property
    def participants(self) -> Mapping[str, Participant]:
        """Everybody else, by id, in order of arrival. Hidden ones are left out."""
        return self._roster.shown

    @property
    def hidden(self) -> int:
        return self._roster.hidden

    def ports(self) -> Mapping[str, PortStatistics]:
        """What was carried to and from each participant, by id."""
        return self._peers.statistics()

    def _tell_tracks(self) -> None:
        self._signalling.send(protocol.Update(tracks=self.published.tracks))
        for who in self._roster:
            self._extend(who)

    def _extend(self, who: Participant) -> None:
        """Have a section for each custom track of either side."""
        theirs = (custom_kind(track.kind, track.name) for track in who.tracks.values())
        peer = self._peers[who.id]
        peer.extend(tuple(dict.fromkeys((*self.published.tracks, *theirs))))
        self.receiving.watch(peer)

    def send(self, data: Json, to: str | None = None) -> None:
        """Send chat or data to one participant or to everybody."""
        self._signalling.send(protocol.Message(data=data, to=to))

    def post(self, message: ClientMessage) -> None:
        """Send the room any message: what has changed about us, what an owner orders."""
        self._signalling.send(message)

    def tell(self, event: CallEvent) -> None:
        """Show a caption, a state or the graph on everybody's page."""
        self._send_if_room(to_protocol(event))

    def _send_if_room(self, message: ClientMessage) -> None:
        """Send what may be lost: a room that is away must not end a call by its silence.

        Captions are old by then, and connections whose signals are lost are made anew.
        """
        try:
            self._signalling.send(message)
        except CallEnded:
            raise
        except CallError:
            if not self.unsent:
                self._log.warning("too much waits for the room", type=message.type)
            self.unsent += 1

    def interrupt(self, turn: int) -> None:
        """Silence this turn and older ones at once, and report how far they came."""
        self.feed.interrupt(turn)
        self.published.interrupt(turn)
        self._report()

    async def wait_sent(self) -> None:
        """Wait until what was said has gone out: a tick takes it up, others send it."""
        await self.feed.ticked()
        while self.feed.waiting or self.published.waiting:
            await self.feed.ticked()

    async def run(self, joined: Joined) -> str:
        """Take part until the call ends; the sentence that says why."""
        try:
            async with self._children() as self._peers.children, trio.open_nursery() as nursery:
                self._enter(joined, nursery)
                nursery.start_soon(self._tick)
                try:
                    while True:
                        self._take(await self._signalling.receive(), nursery)
                except CallEnded as end:
                    nursery.cancel_scope.cancel()
                    self.ended = str(end)
                    return self.ended
        finally:
            self.receiving.close()
            self.feed.close()
            self.published.close()
        raise AssertionError("a call ends by CallEnded or by cancellation")

    # The room

    def _enter(self, joined: Joined, nursery: trio.Nursery) -> None:
        """Take our seat; after a lost socket, find out what has changed meanwhile."""
        self._servers = tuple(map(ice_server, joined.ice_servers))
        if not joined.resumed:
            self._told_playing = False
        for gone in self._roster.enter(joined):
            self._leave(gone, "left")
        if self._roster.missing:
            nursery.start_soon(self._give_up_missing, self._roster.missing)
        # Who came while our socket was away offers to us; whom a newcomer finds is offered to,
        # and whom the server before this one did not know.
        offers = joined.recovering or not joined.resumed
        for who in joined.participants:
            if who.id == self.id:
                self._set_own(who)
            else:
                self._join(who, offers=offers)
        if joined.recovering and self._told_playing:
            self._send_if_room(protocol.Update(playing=True))
        self.entered.set()

    async def _give_up_missing(self, missing: set[str]) -> None:
        """Wait for those who may come back to a restarted server; `_join` takes who does."""
        await trio.sleep(protocol.limits.LEAVE_AFTER)
        if self._roster.missing is missing:  # else it was restarted again, and they have more time
            for gone in tuple(missing):
                self._leave(gone, "lost")

    def _take(self, message: ServerMessage, nursery: trio.Nursery) -> None:
        match message:
            case Joined():
                self._enter(message, nursery)
                self.reached(True)
            case protocol.ParticipantJoined(participant):
                self._join(participant, offers=False)
            case protocol.ParticipantUpdated(participant):
                self._update(participant)
            case protocol.ParticipantLeft(id=gone, reason=reason):
                self._leave(gone, reason)
            case protocol.Signal(sender=str(sender)) if sender in self._peers:
                self._peers[sender].take(message)
            case protocol.Message(data=data, sender=str(sender), to=to):
                self._outlets.message(ChatMessage(sender, data, to))
            case protocol.Admin():
                self.ordered(message)
            case protocol.Error():
                self._log.info("the room refused something", code=message.code)
            case _:
                pass

    def _join(self, who: Participant, *, offers: bool) -> None:
        if who.id == self.id:
            return
        if self._roster.get(who.id) is not None:
            self._roster.missing.discard(who.id)
            self._update(who)
            return
        self._roster.set(who)
        self._tell("joined", who)
        peer = Peer(
            who.id,
            offers=offers,
            yields=who.id < self.id,
            open_port=lambda: self._open_port(self._servers),
            send=self._send_if_room,
            observer=self,
        )
        self._peers.open(peer)
        if self.published.tracks or who.tracks:
            self._extend(who)
        if who.playing:
            self._gate.playing()

    def _set_own(self, own: Participant) -> None:
        before, self._roster.own = self.own, own
        if before is not None and before != own:
            self.own_changed(own)

    def _update(self, who: Participant) -> None:
        if who.id == self.id:
            self._set_own(who)
            return
        before = self._roster.get(who.id)
        if before is None or before == who:
            return
        self._roster.set(who)
        if who.tracks != before.tracks:
            self.receiving.retire(before, who)
            self._extend(who)
        self._tell("updated", who)
        if who.playing:
            self._gate.playing()

    def _leave(self, gone: str, reason: str) -> None:
        who = self._roster.remove(gone)
        if who is None:
            return
        self.receiving.leave(self._peers[gone])
        self._peers.close(gone)
        self._tell("left", who, reason)
        self._maybe_deserted()

    def _tell(
        self,
        kind: Literal["joined", "updated", "left", "connected", "disconnected"],
        who: Participant,
        reason: str = "",
    ) -> None:
        if not who.hidden:
            self._outlets.participant(ParticipantEvent(kind, who, reason))

    # The peers

    def connected(self, participant: str) -> None:
        self._gate.connected(trio.current_time())
        if not self._told_playing:
            # Whoever runs a Call hears from here on: agents among themselves wait for it too.
            self._told_playing = True
            self._send_if_room(protocol.Update(playing=True))
        if (who := self._roster.get(participant)) is not None:
            self._tell("connected", who)

    def disconnected(self, participant: str, reason: str) -> None:
        """A participant's media broke down and is made anew."""
        self._log.info("media is made anew", participant=participant, reason=reason)
        if (who := self._roster.get(participant)) is not None:
            self._tell("disconnected", who, reason)
        self._maybe_deserted()

    def crashed(self, participant: str, error: BaseException) -> None:
        """An error of ours in a participant's media."""
        self._log.error("media crashed", participant=participant, exc_info=error)

    def _maybe_deserted(self) -> None:
        if not self._peers.connected:
            self._gate.deserted()

    # The media

    async def _tick(self) -> None:
        while True:
            passed = await self._line.tick()
            now = trio.current_time()
            self.receiving.tick(passed, now)
            self._gate.tick(now)
            self._report()
            self.feed.tick()
            self.published.tick()
            if now >= self._adapt_at:
                self._adapt_at = now + ADAPT_SECONDS
                for peer in self._peers:
                    self.receiving.watch(peer)
                lost = [peer.statistics().lost_there for peer in self._peers]
                self.feed.expect_loss(max(lost, default=0.0))

    def _report(self) -> None:
        for played in self._line.playout.progress():
            self._outlets.played(played)
