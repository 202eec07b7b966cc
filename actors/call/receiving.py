"""What comes of the others: their sound tick by tick, and the pictures that somebody looks at."""

from collections.abc import Callable, Mapping

import trio

from actors.call.attention import Attention
from actors.call.listening import Heard, Listening
from actors.call.outlets import Outlets
from actors.call.peer import Peer
from actors.call.peers import Peers
from actors.call.port import KINDS, Kind
from actors.call.protocol import Participant
from actors.call.quality import Quality, quality
from actors.call.roster import Roster
from actors.call.video.picture import VideoKind
from media import AudioFrame
from media.jitter import JitterStatistics


class Receiving:
    """Takes the peers' packets and pictures and tells the outlets; what nobody wants is left out.

    Attributes:
        overheard: called with each 20 ms of what is no voice: shared screens' sound and custom
            tracks.
    """

    def __init__(self, peers: Peers, roster: Roster, outlets: Outlets, sample_rate: int) -> None:
        self.overheard: Callable[[Kind, AudioFrame], None] = lambda kind, frame: None
        self._peers = peers
        self._roster = roster
        self._outlets = outlets
        self._listening = Listening(sample_rate)
        self._attention = Attention()
        self._began = trio.current_time()

    # What is wanted

    def subscribe(self, participant: str, kinds: frozenset[Kind]) -> None:
        """Take these tracks of a participant and no others, until told anew.

        What is not taken is not decoded, and `voices` and `audio` are without it. Of somebody who
        comes everything is taken; who is not there is no error.
        """
        self.ignore(participant, frozenset(KINDS) - kinds)

    def ignore(self, participant: str, kinds: frozenset[Kind]) -> None:
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

    def _hear(self, heard: Heard) -> None:
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
        """Free all decoders."""
        self._listening.close()
