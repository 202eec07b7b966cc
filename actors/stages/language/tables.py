"""Languages that the stages know, one table each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs


@attrs.frozen
class Language:
    """What the rules on text need to know. The empty table knows nothing, and no rule applies.

    Attributes:
        tag: BCP-47; "und" for the empty table.
        backchannels: what a listener says without taking the floor, in lower case.
        unfinished: last words after which a sentence goes on.
        abbreviations: words that end in a full stop inside a sentence, without the stop.
        symbols: what signs are called when they are read aloud.
        not_heard: said when hearing failed; "" says nothing.
        not_thought: said when thinking failed.
    """

    tag: str = "und"
    backchannels: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()
    abbreviations: frozenset[str] = frozenset()
    symbols: Mapping[str, str] = attrs.field(factory=dict[str, str])
    not_heard: str = ""
    not_thought: str = ""


def _words(joined: str) -> frozenset[str]:
    return frozenset(joined.split("|"))


ENGLISH: Final = Language(
    tag="en",
    backchannels=_words(
        "ah|aha|all right|alright|cool|exactly|gotcha|great|hm|hmm|i see|mhm|mm|mm hmm|mmhmm|"
        "mmm|nice|oh|oh okay|ok|okay|right|sure|uh huh|uh-huh|um|wow|yeah|yeah yeah|yep|yes|yup"
    ),
    unfinished=_words(
        "a|an|and|as|at|because|but|by|for|from|how|if|in|into|is|my|of|on|or|so|than|that|the|"
        "their|then|to|uh|uhm|um|when|which|who|with|would|your"
    ),
    abbreviations=_words(
        "approx|capt|co|corp|dept|dr|e.g|etc|fig|gen|gov|i.e|inc|jr|lt|ltd|messrs|mr|mrs|ms|mt|"
        "prof|rev|sen|sgt|sr|st|vol|vs"
    ),
    symbols={
        "&": "and",
        "%": "percent",
        "=": "equals",
        "+": "plus",
        "\u00d7": "times",
        "÷": "divided by",
        "\u2212": "minus",
        "°C": "degrees Celsius",
        "°F": "degrees Fahrenheit",
        "°": "degrees",
        "→": "to",
        "≈": "about",
        "≤": "at most",
        "≥": "at least",
        "@": "at",
    },
    not_heard="Sorry, something went wrong and I could not hear that. Please say it again.",
    not_thought="Sorry, something went wrong while I was thinking. Please ask me again.",
)


LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": ENGLISH})

UNKNOWN: Final = Language()


def language(tag: str) -> Language:
    """Return the table of a BCP-47 tag ("en-US" finds "en"), or the empty one."""
    parts = tag.lower().split("-")
    for end in range(len(parts), 0, -1):
        found = LANGUAGES.get("-".join(parts[:end]))
        if found is not None:
            return found
    return UNKNOWN
