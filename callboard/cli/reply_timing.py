"""Where the time of each reply went, from what passes through a graph's links. Pure."""

from __future__ import annotations

from typing import Final

import attrs

from actors.call.played import Played
from actors.stages.messages import Snapshot, Text, Transcript, VoicedFrame

REMEMBERED: Final = 8
"""Turns at once; an answer comes within a few turns or not at all."""


@attrs.define
class Moments:
    """What is known of one turn, in seconds of one clock."""

    silent: float | None = None
    """The person's last sound that was heard."""
    understood: float | None = None
    answered: float | None = None


@attrs.frozen
class Reply:
    """A reply's first sound was sent just now. Seconds that each stage took."""

    turn: int
    hearing: float
    thinking: float
    speaking: float


class ReplyTiming:
    """Follows turns by their messages; whatever else passes is ignored.

    Hearing lasts from a person's last voiced frame to the final words, thinking to the first piece
    of an answer, speaking to the first sound that is sent. A typed line has no hearing.
    """

    def __init__(self) -> None:
        self._turns: dict[int, Moments] = {}
        self._voiced: tuple[str | None, float] | None = None

    def see(self, item: object, now: float) -> Reply | None:
        """Take an item that passes now; a reply when it begins to sound with it."""
        match item:
            case VoicedFrame(source=source, speech=True):
                self._voiced = source, now
            case Transcript(turn=turn, final=True, source=source):
                moments = self._moments(turn)
                who, last = self._voiced or (None, now)
                moments.silent, moments.understood = last if who == source else now, now
            case Snapshot(turn=turn):
                moments = self._moments(turn)
                if moments.understood is None:
                    moments.silent = moments.understood = now
            case Text(turn=turn):
                moments = self._moments(turn)
                if moments.answered is None:
                    moments.answered = now
            case Played(turn=turn, playing=True, at=at) if turn in self._turns:
                return _reply(turn, self._turns.pop(turn), at)
            case _:
                pass
        return None

    def _moments(self, turn: int) -> Moments:
        moments = self._turns.setdefault(turn, Moments())
        for oldest in list(self._turns)[:-REMEMBERED]:
            del self._turns[oldest]
        return moments


def _reply(turn: int, moments: Moments, at: float) -> Reply | None:
    silent, understood, answered = moments.silent, moments.understood, moments.answered
    if silent is None or understood is None or answered is None:
        return None  # nobody asked: a greeting
    return Reply(
        turn,
        hearing=max(0.0, understood - silent),
        thinking=max(0.0, answered - understood),
        speaking=max(0.0, at - answered),
    )
