"""Sentences and clauses of a reply, and text that a voice can read."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from actors.stages.language.tables import Language

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


_END = re.compile(
    "[.!?\u2026]+[\"'\u201d\u2019)\\]]*(?=\\s)"  # Latin, Greek, Cyrillic, with closing quotes
    "|[\u3002\uff01\uff1f]"  # Chinese and Japanese, which put no space after
    "|\\n"
)
_CLAUSE = re.compile(r"[,;:—](?=\s)")
_EARLY = 12
"""Letters that a first clause has at least: shorter ones sound cut off."""
_LONGEST = 240
"""Letters after which a text without an end is split at a clause or, failing that, a space."""


class ClauseSplitter:
    """Takes a reply in pieces of any size and gives whole sentences; the first piece early.

    The very first clause of a reply leaves at its comma, if its sentence is not yet complete: the
    person waits for it. All else leaves sentence by sentence, which sounds best.
    """

    def __init__(self, table: Language) -> None:
        self._table = table
        self._rest = ""
        self._first = True

    def feed(self, piece: str) -> list[str]:
        """Take the next piece and return the clauses that it completes."""
        self._rest += piece
        clauses: list[str] = []
        while (end := self._next_end()) is not None:
            clause = self._rest[:end].strip()
            self._rest = self._rest[end:]
            if says_something(clause):
                clauses.append(clause)
                self._first = False
        return clauses

    def finish(self) -> list[str]:
        """Return what is left: the reply is over."""
        clauses = self.feed("\n")
        self._rest, self._first = "", True
        return clauses

    def _next_end(self) -> int | None:
        for match in _END.finditer(self._rest):
            if not self._inside_sentence(match):
                return match.end()
        if self._first:
            for match in _CLAUSE.finditer(self._rest):
                if match.end() > _EARLY:
                    return match.end()
        return self._forced_end() if len(self._rest) > _LONGEST else None

    def _forced_end(self) -> int:
        clauses = list(_CLAUSE.finditer(self._rest, 0, _LONGEST))
        if clauses:
            return clauses[-1].end()
        space = self._rest.rfind(" ", 1, _LONGEST)
        return space if space > 0 else _LONGEST

    def _inside_sentence(self, match: re.Match[str]) -> bool:
        """Tell whether a full stop belongs to an abbreviation, an initial or a list's number."""
        if match.group() != ".":
            return False
        word = self._rest[: match.start()].rsplit(None, 1)[-1:]
        if not word:
            return False
        bare = word[0].lstrip("(\"'\u201c\u2018").casefold()
        return (
            bare in self._table.abbreviations
            or (len(bare) == 1 and bare.isalpha() and bare != "i")
            or (bare.isdigit() and self._rest[: match.start()].strip() == word[0])
        )


def says_something(text: str) -> bool:
    """Tell whether there is a letter or a digit in `text`: signs alone make strange sounds."""
    return any(letter.isalnum() for letter in text)


_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^\s/]+)\S*")
_MARKUP = re.compile(
    r"^\s*(?:#{1,6}\s+|[-*•]\s+|>\s+)"  # headings, lists, quotations
    r"|(?<!\w)[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}(?!\w)",  # emphasis and code, not snake_case
    re.MULTILINE,
)
_SPACES = re.compile(r"\s+")


def speakable(text: str, table: Language) -> str:
    """Drop markup, emoji and the tails of addresses; read signs by their names.

    Numbers, dates and abbreviations are left to the voice, which knows how to read them.
    """
    text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub(r"\1", text)
    text = _MARKUP.sub("", text)
    for sign in sorted(table.symbols, key=len, reverse=True):
        # "-5" and "C++" are words; a sign is read where it stands alone or after a digit.
        text = re.sub(
            rf"(?:(?<=\s)|(?<=\d)|^){re.escape(sign)}(?=\s|\d|[.,;:!?]|$)",
            f" {table.symbols[sign]} ",
            text,
        )
    text = "".join(letter for letter in text if not _is_picture(letter))
    return re.sub(r"\s+([.,;:!?])", r"\1", _SPACES.sub(" ", text)).strip()


def _is_picture(letter: str) -> bool:
    return unicodedata.category(letter) in ("So", "Cs", "Co") or letter in "\ufe0f\u200d"
