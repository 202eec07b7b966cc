"""Turns text as models write it into text that a voice can read."""

from __future__ import annotations

import re
import unicodedata

from actors.stages.language.table import Language

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
