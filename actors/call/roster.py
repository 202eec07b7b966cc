"""The roster of a call: participants, changes of them, and the active speaker."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from actors.protocol import Joined, Participant
from media import AudioFrame
from media.levels import rms


class Roster:
    """Who is there as far as the room has told us: ourselves, and the others by order of arrival.

    Attributes:
        own_id: our own id in the room; empty before we are in.
        own: ourselves as the room shows us; None before we are in.
        session: the id of this meeting, the same for everybody in it.
        missing: who was there before the server was restarted, and may yet come back to it.
    """

    def __init__(self) -> None:
        self.own_id = ""
        self.own: Participant | None = None
        self.session = ""
        self.missing: set[str] = set()
        self._others: dict[str, Participant] = {}

    def enter(self, joined: Joined) -> set[str]:
        """Take our seat, for the first time or again; the ids of those who have gone meanwhile.

        They stay until `remove`, as those do who are missing.
        """
        self.own_id, self.session = joined.id, joined.session
        known = set(self._others)
        if not joined.resumed:
            self.missing = set()
            return known
        absent = known - {who.id for who in joined.participants}
        self.missing = absent if joined.recovering else set()
        return absent - self.missing

    def set(self, who: Participant) -> None:
        """Add somebody, or show them as they are now."""
        self._others[who.id] = who

    def remove(self, participant: str) -> Participant | None:
        self.missing.discard(participant)
        return self._others.pop(participant, None)

    def get(self, participant: str) -> Participant | None:
        return self._others.get(participant)

    def __iter__(self) -> Iterator[Participant]:
        return iter(tuple(self._others.values()))

    @property
    def shown(self) -> Mapping[str, Participant]:
        """The others by id, without those who are hidden."""
        return {key: who for key, who in self._others.items() if not who.hidden}

    @property
    def hidden(self) -> int:
        """How many of the others are hidden."""
        return sum(who.hidden for who in self._others.values())


SPEECH = 0.005
"""Level (rms, 1 is full scale) that counts as speech: -46 dBFS."""

RISE, FALL = 0.25, 0.04
"""Smoothing per 20 ms: a voice is noticed in about 100 ms and outlasts a breath."""

LEAD = 2.0
"""How much louder (6 dB) somebody must be to take over from who speaks."""


@attrs.frozen
class ActiveSpeaker:
    """Somebody else began to speak."""

    participant: str | None
    """The id; None when nobody has spoken yet."""


class SpeakerDetector:
    """Follows everybody's level; a pure state machine, 20 ms at a time."""

    def __init__(self) -> None:
        self.participant: str | None = None
        """Who speaks, or spoke last."""
        self._levels: dict[str, float] = {}

    def hear(self, tick: Iterable[AudioFrame]) -> bool:
        """Take 20 ms of everybody; tell whether somebody else is the active speaker now."""
        levels: dict[str, float] = {}
        for frame in tick:
            if frame.source is not None:
                level, before = rms(frame.samples), self._levels.get(frame.source, 0.0)
                levels[frame.source] = before + (level - before) * (
                    RISE if level > before else FALL
                )
        self._levels = levels
        loudest = max(levels, key=levels.__getitem__, default=None)
        if loudest is None or loudest == self.participant or levels[loudest] < SPEECH:
            return False
        present = levels.get(self.participant or "", 0.0)
        if present >= SPEECH and levels[loudest] < LEAD * present:
            return False
        self.participant = loudest
        return True
