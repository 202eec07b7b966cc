"""Tells the agent's own voice, back through a loudspeaker, from a person: by its words."""

from __future__ import annotations

from actors.stages.language.sentences import plain

_SHARE = 0.7
"""Of the words: recognisers mishear an echo here and there."""

_FEWEST = 3
"""Words: a person may well repeat one or two of the agent's."""


def is_own_words(heard: str, spoken: str) -> bool:
    """Tell whether `heard` is a stretch of what the agent has `spoken`, roughly in its order."""
    words, own = plain(heard).split(), plain(spoken).split()
    if len(words) < _FEWEST or not own:
        return False
    at = matched = 0
    for word in words:
        try:
            found = own.index(word, at)
        except ValueError:
            continue
        # Words far apart in the reply are a coincidence.
        if matched and found - at > 3:
            continue
        matched, at = matched + 1, found + 1
    return matched >= _SHARE * len(words)
