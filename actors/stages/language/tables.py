"""The languages that have a table. A language without one has no rules, never another's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from actors.stages.language.english import ENGLISH
from actors.stages.language.table import Language

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
