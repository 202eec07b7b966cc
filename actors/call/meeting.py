"""One life of a call: who is there, what is heard, what is said."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import trio
from structlog.typing import FilteringBoundLogger

from actors.call import protocol
from actors.call.events import CallEvent, to_protocol
from actors.call.gate import Gate
from actors.call.listening import SAMPLE_RATE, Heard, Listening, Voice
from actors.call.messages import ChatMessage
from actors.call.microphone import MicrophoneFeed
from actors.call.peer import Peer
from actors.call.played import Played
from actors.call.port import (
    KINDS,
    IceServer,
    Kind,
    MediaLine,
    MediaPort,
    PortStatistics,
    custom_kind,
)
from actors.call.protocol import ClientMessage, Joined, Json, ServerMessage
from actors.call.publishing import Published
from actors.call.quality import Quality, quality
from actors.call.roster import Participant, ParticipantEvent
from actors.call.signalling import RoomChannel
from actors.call.sound import Sound
from actors.call.video.picture import VIDEO_KINDS, Picture, VideoKind
from actors.errors import CallEnded, CallError
from media import AudioFrame
from media.jitter import JitterStatistics

OpenPort = Callable[[tuple[IceServer, ...]], AbstractAsyncContextManager[MediaPort]]


ADAPT_SECONDS = 0.5
"""Seconds after which the encoder hears of the loss that the others report, and decoders of who
is looked at."""


class Outlets(Protocol):
    """Who is told what happens in a call. Nothing here may block or raise."""

    def heard(self, heard: Heard) -> None:
        """Take one tick of everybody's audio."""
        ...

    def participant(self, event: ParticipantEvent) -> None:
        """Take news of somebody."""
        ...

    def message(self, message: ChatMessage) -> None:
        """Take what somebody sent."""
        ...

    def played(self, played: Played) -> None:
        """Take how much of a turn was sent."""
        ...

    def picture(self, picture: Picture) -> None:
        """Take a picture of somebody's camera or screen."""
        ...


class Meeting:
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
        log: FilteringBoundLogger,
        sound: Sound | None = None,
        sample_rate: int = SAMPLE_RATE,
    ) -> None:
        self.feed = MicrophoneFeed(line.playout, line.codec, trio.current_time, sound)
        self.published = Published(line, sound, self._tell_tracks)
        """Custom tracks of our own."""
        self._line = line
        self._signalling = signalling
        self._outlets = outlets
        self._open_port = open_port
        self._log = log
        self._listening = Listening(sample_rate)
        self._gate = Gate(line.playout)
        self._began = trio.current_time()
        self._unheard: set[Voice] = set()
        self._retired: set[Voice] = set()
        self._adapt_at = 0.0
        self._own_id = ""
        self.own: Participant | None = None
        """Ourselves as the room shows us; None before we are in."""
        self.session = ""
        """The id of this meeting, the same for everybody in it."""
        self.own_changed: Callable[[Participant], None] = lambda own: None
        """Called when something about ourselves has changed: by us, or by an owner."""
        self.ordered: Callable[[protocol.Admin], None] = lambda order: None
        """Called when an owner switches our media or changes our permissions."""
        self.looked_at: Callable[[str, VideoKind], bool] = lambda participant, kind: True
        """Asked twice a second, and when a subscription changes: whether anybody here looks at
        this participant's camera or screen."""
        self.reached: Callable[[bool], None] = lambda here: None
        """Called with False when the room is out of reach, with True when it is back."""
        signalling.lost = lambda: self.reached(False)
        self.overheard: Callable[[Kind, AudioFrame], None] = lambda kind, frame: None
        """Called with each 20 ms of what is no voice: shared screens' sound and custom tracks."""
        self._servers: tuple[IceServer, ...] = ()
        self._roster: dict[str, Participant] = {}
        self._peers: dict[str, tuple[Peer, trio.CancelScope]] = {}
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
        return self._own_id

    @property
    def participants(self) -> Mapping[str, Participant]:
        """Everybody else, by id, in order of arrival. Hidden ones are left out."""
        return {key: who for key, who in self._roster.items() if not who.hidden}

    def reception(self) -> tuple[JitterStatistics, ...]:
        """How each voice came through, those that are gone first; also when the call is over."""
        return (*self._listening.ended(), *self._listening.statistics().values())

    @property
    def hidden(self) -> int:
        """How many others are hidden."""
        return sum(who.hidden for who in self._roster.values())

    def ports(self) -> Mapping[str, PortStatistics]:
        """What was carried to and from each participant, by id."""
        return {key: peer.statistics() for key, (peer, _) in self._peers.items()}

    def qualities(self) -> Mapping[str, Quality]:
        """How well the media with each participant does, by id."""
        heard = self._listening.statistics()
        now = trio.current_time()
        return {
            key: quality(
                peer.is_connected,
                peer.statistics(),
                max((each.loss for voice, each in heard.items() if voice[0] == key), default=0.0),
                now,
            )
            for key, (peer, _) in self._peers.items()
        }

    def subscribe(self, participant: str, kinds: frozenset[Kind]) -> None:
        """Take these tracks of a participant and no others, until told anew.

        What is not taken is not decoded, and `voices` and `audio` are without it. Of somebody who
        comes everything is taken; who is not there is no error.
        """
        self.ignore(participant, frozenset(KINDS) - kinds)

    def ignore(self, participant: str, kinds: frozenset[Kind]) -> None:
        """Take all tracks of a participant but these, which may be custom ones, until told anew."""
        others = {voice for voice in self._unheard if voice[0] != participant}
        self._unheard = others | {(participant, kind) for kind in kinds}
        for kind in kinds:
            self._listening.remove_voice((participant, kind))
        if participant in self._peers:
            self._watch(self._peers[participant][0])

    def _tell_tracks(self) -> None:
        self._signalling.send(protocol.Update(tracks=self.published.tracks))
        for who in tuple(self._roster.values()):
            self._extend(who)

    def _extend(self, who: Participant) -> None:
        """Have a section for each custom track of either side."""
        theirs = (custom_kind(track.kind, track.name) for track in who.tracks.values())
        peer, _ = self._peers[who.id]
        peer.extend(tuple(dict.fromkeys((*self.published.tracks, *theirs))))
        self._watch(peer)

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

    async def run(self, joined: Joined) -> str:
        """Take part until the call ends; the sentence that says why."""
        try:
            async with trio.open_nursery() as nursery:
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
            self._listening.close()
            self.feed.close()
            self.published.close()
        raise AssertionError("a call ends by CallEnded or by cancellation")

    # The room

    def _enter(self, joined: Joined, nursery: trio.Nursery) -> None:
        """Take our seat; after a lost socket, find out what has changed meanwhile."""
        self._servers = tuple(map(_ice_server, joined.ice_servers))
        present = {who.id: who for who in joined.participants if who.id != joined.id}
        if not joined.resumed:
            for gone in tuple(self._roster):
                self._leave(gone, "left")
            self._told_playing = False
        self._own_id, self.session = joined.id, joined.session
        own = next((who for who in joined.participants if who.id == joined.id), None)
        if own is not None:
            self._set_own(own)
        absent = {key for key in self._roster if key not in present}
        self._missing = absent if joined.recovering else set[str]()
        if self._missing:
            nursery.start_soon(self._give_up_missing, self._missing)
        for gone in absent - self._missing:
            self._leave(gone, "left")
        # Who came while our socket was away offers to us; whom a newcomer finds is offered to,
        # and whom the server before this one did not know.
        offers = joined.recovering or not joined.resumed
        for who in present.values():
            self._join(who, nursery, offers=offers)
        if joined.recovering and self._told_playing:
            self._send_if_room(protocol.Update(playing=True))
        self.entered.set()

    async def _give_up_missing(self, missing: set[str]) -> None:
        """Wait for those who may come back to a restarted server; `_join` takes who does."""
        await trio.sleep(protocol.limits.LEAVE_AFTER)
        for gone in tuple(missing):
            self._leave(gone, "lost")

    def _take(self, message: ServerMessage, nursery: trio.Nursery) -> None:
        match message:
            case Joined():
                self._enter(message, nursery)
                self.reached(True)
            case protocol.ParticipantJoined(participant):
                self._join(participant, nursery, offers=False)
            case protocol.ParticipantUpdated(participant):
                self._update(participant)
            case protocol.ParticipantLeft(id=gone, reason=reason):
                self._leave(gone, reason)
            case protocol.Signal(sender=str(sender)) if sender in self._peers:
                self._peers[sender][0].take(message)
            case protocol.Message(data=data, sender=str(sender), to=to):
                self._outlets.message(ChatMessage(sender, data, to))
            case protocol.Admin():
                self.ordered(message)
            case protocol.Error():
                self._log.info("the room refused something", code=message.code)
            case _:
                pass

    def _join(self, who: Participant, nursery: trio.Nursery, *, offers: bool) -> None:
        if who.id == self._own_id:
            return
        if who.id in self._roster:
            self._missing.discard(who.id)
            self._update(who)
            return
        self._roster[who.id] = who
        self._tell("joined", who)
        peer = Peer(
            who.id,
            offers=offers,
            yields=who.id < self._own_id,
            open_port=lambda: self._open_port(self._servers),
            send=self._send_if_room,
            observer=self,
        )
        scope = trio.CancelScope()
        self._peers[who.id] = (peer, scope)
        nursery.start_soon(self._keep, peer, scope)
        if self.published.tracks or who.tracks:
            self._extend(who)
        if who.playing:
            self._gate.playing()

    async def _keep(self, peer: Peer, scope: trio.CancelScope) -> None:
        with scope:
            await peer.run()

    def _set_own(self, own: Participant) -> None:
        before, self.own = self.own, own
        if before is not None and before != own:
            self.own_changed(own)

    def _update(self, who: Participant) -> None:
        if who.id == self._own_id:
            self._set_own(who)
            return
        before = self._roster.get(who.id)
        if before is None or before == who:
            return
        self._roster[who.id] = who
        if who.tracks != before.tracks:
            self._retire(before, who)
            self._extend(who)
        self._tell("updated", who)
        if who.playing:
            self._gate.playing()

    def _retire(self, before: Participant, now: Participant) -> None:
        """Forget the sound of custom tracks that there are no more; its last packets are late."""
        old, new = (
            {(who.id, custom_kind(each.kind, each.name)) for each in who.tracks.values()}
            for who in (before, now)
        )
        self._retired = (self._retired | old) - new
        for voice in old - new:
            self._listening.remove_voice(voice)

    def _leave(self, gone: str, reason: str) -> None:
        self._missing.discard(gone)
        who = self._roster.pop(gone, None)
        if who is None:
            return
        self._unheard = {voice for voice in self._unheard if voice[0] != gone}
        self._retired = {voice for voice in self._retired if voice[0] != gone}
        _, scope = self._peers.pop(gone)
        scope.cancel()
        self._listening.remove(gone)
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
        """A participant's media can flow."""
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
        if not any(peer.is_connected for peer, _ in self._peers.values()):
            self._gate.deserted()

    # The media

    async def _tick(self) -> None:
        while True:
            passed = await self._line.tick()
            now = trio.current_time()
            for peer, _ in self._peers.values():
                for packet in peer.received():
                    voice = (peer.participant, packet.kind)
                    if voice not in self._unheard and voice not in self._retired:
                        self._listening.add(voice, (packet,))
                for picture in peer.pictures():
                    self._outlets.picture(picture.of(peer.participant, self._began))
            self._listening.tick(passed, now, self._hear)
            self._gate.tick(now)
            self._report()
            self.feed.tick()
            self.published.tick()
            if now >= self._adapt_at:
                self._adapt_at = now + ADAPT_SECONDS
                for peer, _ in self._peers.values():
                    self._watch(peer)
                lost = [peer.statistics().lost_there for peer, _ in self._peers.values()]
                self.feed.expect_loss(max(lost, default=0.0))

    def _hear(self, heard: Heard) -> None:
        self._outlets.heard(heard)
        for kind, frame in heard.others:
            self.overheard(kind, frame)

    def _watch(self, peer: Peer) -> None:
        """Let what somebody looks at be decoded, and nothing else."""
        who = self._roster.get(peer.participant)
        tracks = who.tracks.values() if who is not None else ()
        custom = (custom_kind("video", track.name) for track in tracks if track.kind == "video")
        peer.watch(
            frozenset(
                kind
                for kind in (*VIDEO_KINDS, *custom)
                if (peer.participant, kind) not in self._unheard
                and self.looked_at(peer.participant, kind)
            )
        )

    def _report(self) -> None:
        for played in self._line.playout.progress():
            self._outlets.played(played)


def _ice_server(data: Mapping[str, Json]) -> IceServer:
    urls = data.get("urls")
    texts = [urls] if isinstance(urls, str) else urls if isinstance(urls, list | tuple) else []
    username, credential = data.get("username"), data.get("credential")
    return IceServer(
        tuple(url for url in texts if isinstance(url, str)),
        username if isinstance(username, str) else None,
        credential if isinstance(credential, str) else None,
    )
