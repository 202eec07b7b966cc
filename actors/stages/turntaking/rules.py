"""The times that decide who has the floor."""

from __future__ import annotations

from typing import Any

import attrs

from actors.stages.language.sentences import ending
from actors.stages.language.tables import Language


def _positive(_: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not value > 0:
        raise ValueError(f"{attribute.name} is {value} s: a turn needs more than 0 seconds.")


def _seconds(default: float) -> float:
    return attrs.field(default=default, validator=_positive)


@attrs.frozen
class TurnRules:
    """The times that decide who has the floor, all in seconds.

    Attributes:
        onset: speech within the last `onset_within` that starts a turn; over the agent, it pauses
            the agent's voice.
        onset_within: how far back speech counts towards an onset.
        preroll: audio before the onset that belongs to the turn.
        hangover: silence after speech that the ear still gets at once; the rest is held back.
        confirm: speech beyond the onset, over the agent, that makes it an interruption by itself;
            words do it sooner.
        nod: the same while the words so far may be a backchannel ("m" for "mhm").
        doubt: how long, after speech over the agent has stopped undecided, words are awaited.
        silence: ends a turn whose words tell nothing.
        silence_sentence: ends a turn whose words end a sentence.
        silence_unfinished: ends a turn whose words want to go on.
        longest: a turn that lasts longer is ended, and the next begins.
        vanished: a speaker of whom no audio came for so long has left.
        patience: how long the agent may take to its first sound before it counts as failed.
        lull: the agent has ended its reply when nothing was played for so long, in case its end
            was never reported.
        idle: silence of everybody after which the person counts as idle; None: never.
    """

    onset: float = _seconds(0.06)
    onset_within: float = _seconds(0.12)
    preroll: float = _seconds(0.3)
    hangover: float = _seconds(0.12)
    confirm: float = _seconds(0.3)
    nod: float = _seconds(1.0)
    doubt: float = _seconds(0.5)
    silence: float = _seconds(0.6)
    silence_sentence: float = _seconds(0.4)
    silence_unfinished: float = _seconds(1.0)
    longest: float = _seconds(30.0)
    vanished: float = _seconds(1.0)
    patience: float = _seconds(10.0)
    lull: float = _seconds(2.0)
    idle: float | None = attrs.field(default=None, validator=_positive)

    def silence_after(self, words: str, table: Language) -> float:
        """Return the silence that ends a turn with these words so far."""
        return {
            "sentence": self.silence_sentence,
            "unfinished": self.silence_unfinished,
            "open": self.silence,
        }[ending(words, table)]
