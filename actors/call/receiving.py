"""Receives the others' media: sound tick by tick, pictures that somebody looks at."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol

import trio

from actors.call.listening import HeardTick, Listening, Voice
from actors.call.peer import Peer, Peers
from actors.call.port import KINDS, MediaKind, PortStatistics, custom_kind
from actors.call.roster import Roster
from actors.messages import VIDEO_KINDS, ChatMessage, ParticipantEvent, Picture, Played, VideoKind
from actors.protocol import Participant
from media import AudioFrame
from media.jitter import JitterStatistics


class Subscriptions:
    """Everything of everybody is taken but what was asked to be ignored, and what is no more.

    Attributes:
        looked_at: whether anybody here looks at this participant's camera or screen.
    """

    def __init__(self) -> None:
        self.looked_at: Callable[[str, VideoKind], bool] = lambda participant, kind: True
        self._ignored: set[Voice] = set()
        self._retired: set[Voice] = set()

    def takes(self, voice: Voice) -> bool:
        return voice not in self._ignored and voice not in self._retired

    def ignore(self, participant: str, kinds: Iterable[MediaKind]) -> None:
        """Take all tracks of a participant but these, until told anew."""
        others = {voice for voice in self._ignored if voice[0] != participant}
        self._ignored = others | {(participant, kind) for kind in kinds}

    def retire(self, before: Participant, now: Participant) -> set[Voice]:
        """Take no more of custom tracks that there were before; their last packets are late.

        Returns those tracks.
        """
        old, new = (
            {(who.id, custom_kind(each.kind, each.name)) for each in who.tracks.values()}
            for who in (before, now)
        )
        self._retired = (self._retired | old) - new
        return old - new

    def forget(self, participant: str) -> None:
        """Whoever comes under this id is somebody new."""
        self._ignored = {voice for voice in self._ignored if voice[0] != participant}
        self._retired = {voice for voice in self._retired if voice[0] != participant}

    def watched(self, participant: str, who: Participant | None) -> frozenset[VideoKind]:
        """Which of a participant's pictures are to be decoded; `who` has their custom tracks."""
        tracks = who.tracks.values() if who is not None else ()
        custom = (custom_kind("video", track.name) for track in tracks if track.kind == "video")
        return frozenset(
            kind
            for kind in (*VIDEO_KINDS, *custom)
            if (participant, kind) not in self._ignored and self.looked_at(participant, kind)
        )


class Outlets(Protocol):
    """Takes what happens in a call. Nothing here may block or raise."""

    def heard(self, heard: HeardTick) -> None: ...

    def participant(self, event: ParticipantEvent) -> None: ...

    def message(self, message: ChatMessage) -> None: ...

    def played(self, played: Played) -> None:
        """Take how much of a turn was sent."""

    def picture(self, picture: Picture) -> None:
        """Take a picture of somebody's camera or screen."""


Quality = Literal["good", "poor", "lost"]
"""How well the media with one participant flows: `lost` when nothing came for 2.5 s."""

SILENT = 2.5
"""Seconds without a packet after which media is lost: half of what makes a new connection."""

LOSS, ROUND_TRIP, JITTER = 0.05, 0.4, 0.06
"""Share of lost packets, seconds there and back, and seconds of variation that people notice
(ITU-T G.114 and G.107)."""


def quality(connected: bool, port: PortStatistics, loss_here: float, now: float) -> Quality:
    """Judge one participant's media.

    Args:
        connected: whether media can flow.
        port: what was carried.
        loss_here: share of the participant's packets lost lately, 0 to 1.
        now: seconds of Trio's clock.
    """
    if not connected or (port.heard is not None and now - port.heard > SILENT):
        return "lost"
    slow = port.round_trip is not None and port.round_trip > ROUND_TRIP
    if max(loss_here, port.lost_there) > LOSS or slow or port.jitter > JITTER:
        return "poor"
    return "good"


class Receiving:
    """Takes the peers' packets and pictures and tells the outlets; what nobody wants is left out.

    Attributes:
        overheard: called with each 20 ms of what is no voice: shared screens' sound and custom
            tracks.
    """

    def __init__(self, peers: Peers, roster: Roster, outlets: Outlets, sample_rate: int) -> None:
        self.overheard: Callable[[MediaKind, AudioFrame], None] = lambda kind, frame: None
        self._peers = peers
        self._roster = roster
        self._outlets = outlets
        self._listening = Listening(sample_rate)
        self._attention = Subscriptions()
        self._began = trio.current_time()

    # What is wanted

    def subscribe(self, participant: str, kinds: frozenset[MediaKind]) -> None:
        """Take these tracks of a participant and no others, until told anew.

        What is not taken is not decoded, and `voices` and `audio` are without it. Of somebody who
        comes everything is taken; who is not there is no error.
        """
        self.ignore(participant, frozenset(KINDS) - kinds)

    def ignore(self, participant: str, kinds: frozenset[MediaKind]) -> None:
        """Take all tracks of a participant but these, which may be custom ones, until told anew."""
        self._attention.ignore(participant, kinds)
        for kind in kinds:
            self._listening.remove_voice((participant, kind))
        if participant in self._peers:
            self.watch(self._peers[participant])

    def look(self, looked_at: Callable[[str, VideoKind], bool]) -> None:
        """Ask this, twice a second and when a subscription changes, whose pictures to decode:
        whether anybody here looks at a participant's camera or screen."""
        self._attention.looked_at = looked_at

    def watch(self, peer: Peer) -> None:
        """Let what somebody looks at be decoded, and nothing else."""
        name = peer.participant
        peer.watch(self._attention.watched(name, self._roster.get(name)))

    # What comes

    def tick(self, passed: int, now: float) -> None:
        """Take what has come, and have every tick that has passed heard."""
        for peer in self._peers:
            self._take_sound(peer)
            for picture in peer.pictures():
                self._outlets.picture(picture.of(peer.participant, self._began))
        self._listening.tick(passed, now, self._hear)

    def retire(self, before: Participant, now: Participant) -> None:
        """Forget the sound of custom tracks that there are no more."""
        for voice in self._attention.retire(before, now):
            self._listening.remove_voice(voice)

    def leave(self, peer: Peer) -> None:
        """Somebody goes: what has come of them is heard to its end."""
        self._take_sound(peer)
        self._listening.end(peer.participant)
        self._attention.forget(peer.participant)

    def _take_sound(self, peer: Peer) -> None:
        for packet in peer.received():
            voice = (peer.participant, packet.kind)
            if self._attention.takes(voice):
                self._listening.add(voice, (packet,))

    def _hear(self, heard: HeardTick) -> None:
        self._outlets.heard(heard)
        for kind, frame in heard.others:
            self.overheard(kind, frame)

    # How it does

    def reception(self) -> tuple[JitterStatistics, ...]:
        """How each voice came through, those that are gone first; also when the call is over."""
        return (*self._listening.ended(), *self._listening.statistics().values())

    def qualities(self) -> Mapping[str, Quality]:
        """How well the media with each participant does, by id."""
        losses: dict[str, float] = {}
        for (participant, _), voice in self._listening.statistics().items():
            losses[participant] = max(voice.loss, losses.get(participant, 0.0))
        now = trio.current_time()
        return {
            peer.participant: quality(
                peer.is_connected, peer.statistics(), losses.get(peer.participant, 0.0), now
            )
            for peer in self._peers
        }

    def close(self) -> None:
        self._listening.close()
