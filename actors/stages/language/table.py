"""A language as the stages know it: data, one table a language."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


def _no_symbols() -> Mapping[str, str]:
    return {}


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
    symbols: Mapping[str, str] = attrs.field(factory=_no_symbols)
    not_heard: str = ""
    not_thought: str = ""
