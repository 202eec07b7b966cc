"""Comparing texts as people do, and timing their words in the synthetic voice."""

import re

from actors.stages.messages import Word
from callboard.testing.synthetic import LETTER


def plain(text: str) -> str:
    """The words alone, in lower case, with one space between: "Hello,  you!" is "hello you"."""
    return " ".join(
        "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    )


def words_of(text: str) -> tuple[Word, ...]:
    """The words of `text` and when the synthetic voice says them, in seconds from its start."""
    return tuple(
        Word(match.group(), round(match.start() * LETTER, 3), round(match.end() * LETTER, 3))
        for match in re.finditer(r"\S+", text)
    )
