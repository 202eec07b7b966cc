"""English."""

from __future__ import annotations

from typing import Final

from actors.stages.language.table import Language


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
