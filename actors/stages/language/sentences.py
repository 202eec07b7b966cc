"""What the end of a text tells: is the sentence over, does it go on, was it only a nod?"""

from __future__ import annotations

import re
from typing import Literal

from actors.stages.language.table import Language

Ending = Literal["sentence", "unfinished", "open"]

_SENTENCE_ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_NO_WORD = re.compile(r"[^\w'\s-]+")


def plain(text: str) -> str:
    """Return `text` in lower case, without punctuation, with single spaces."""
    return " ".join(_NO_WORD.sub(" ", text.casefold()).split())


def ending(text: str, table: Language) -> Ending:
    """Tell how `text` ends.

    "sentence": by its punctuation. "unfinished": in a comma, a dash, or a word after which more
    must come; that counts even before a full stop, which recognisers put at every pause.
    "open": neither, or no words, or a language without a table.
    """
    words = plain(text).split()
    if not words or table.tag == "und":
        return "open"
    stripped = text.rstrip()
    if words[-1] in table.unfinished and not stripped.endswith("?"):
        return "unfinished"
    if stripped.endswith((",", "-", "—", "…", "...", ":")):
        return "unfinished"
    return "sentence" if stripped.endswith(_SENTENCE_ENDS) else "open"


def is_backchannel(text: str, table: Language) -> bool:
    """Tell whether `text` is what a listener says while somebody else has the floor."""
    return plain(text) in table.backchannels


def may_be_backchannel(text: str, table: Language) -> bool:
    """Tell whether `text`, a reading that still grows, may yet turn out to be a backchannel."""
    begun = plain(text)
    return any(each.startswith(begun) for each in table.backchannels)
