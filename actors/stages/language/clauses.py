"""Splits a reply, as it arrives, into what a voice says at once."""

from __future__ import annotations

import re

from actors.stages.language.table import Language

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
