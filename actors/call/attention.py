"""Which tracks of the others are taken, and which of their pictures are looked at."""

from collections.abc import Callable, Iterable

from actors.call.listening import Voice
from actors.call.port import Kind, custom_kind
from actors.call.protocol import Participant
from actors.call.video.picture import VIDEO_KINDS, VideoKind


class Attention:
    """Everything of everybody is taken but what was asked to be ignored, and what is no more.

    Attributes:
        looked_at: whether anybody here looks at this participant's camera or screen.
    """

    def __init__(self) -> None:
        self.looked_at: Callable[[str, VideoKind], bool] = lambda participant, kind: True
        self._ignored: set[Voice] = set()
        self._retired: set[Voice] = set()

    def takes(self, voice: Voice) -> bool:
        """Whether this track is heard."""
        return voice not in self._ignored and voice not in self._retired

    def ignore(self, participant: str, kinds: Iterable[Kind]) -> None:
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
