"""Reads English number words: "seventy-two", "three point one four", "a hundred and five"."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

_UNITS: Final = "zero one two three four five six seven eight nine"
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_DECADES: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Final = {word: n for n, word in enumerate(f"{_UNITS} {_TEENS}".split())}
_TENS: Final = {word: 10 * n for n, word in enumerate(_DECADES.split(), start=2)}
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def read_number(words: list[str], at: int) -> tuple[Fraction, int] | None:
    """Read the longest number that begins at `words[at]`; return it and where it ends.

    Words are in lower case and without hyphens. None where no number begins.
    """
    digits = _digits(words[at]) if at < len(words) else None
    if digits is not None:
        at += 1
        scale = _SCALES.get(words[at]) if at < len(words) else None
        return (digits * scale, at + 1) if scale else (digits, at)
    return _spelled(words, at)


def _digits(word: str) -> Fraction | None:
    bare = word.replace(",", "")
    return Fraction(bare) if bare.replace(".", "", 1).isdecimal() and bare[0] != "." else None


def _spelled(words: list[str], at: int) -> tuple[Fraction, int] | None:
    total = group = 0
    end = at
    for i in range(at, len(words)):
        word = words[i]
        if word in _SMALL and _fits(group, _SMALL[word]):
            group += _SMALL[word]
        elif word in _TENS and group % 100 == 0:
            group += _TENS[word]
        elif word == "hundred" and (0 < group < 100 or _an(words, i, at)):
            group = max(group, 1) * 100
        elif word in _SCALES and (group or _an(words, i, at)):
            total, group = total + max(group, 1) * _SCALES[word], 0
        elif _joins(words, i, at, end):
            continue
        else:
            break
        end = i + 1
    if end == at:
        return None
    return _with_decimals(Fraction(total + group), words, end)


_BIG: Final = frozenset({"hundred", *_SCALES})


def _an(words: list[str], i: int, at: int) -> bool:
    """Tell whether the word before `i` is the "a" of "a hundred"."""
    return i == at + 1 and words[at] == "a"


def _joins(words: list[str], i: int, at: int, end: int) -> bool:
    """Tell whether `words[i]` is the "a" of "a hundred" or the "and" of "hundred and five"."""
    if words[i] == "a":
        return i == at and i + 1 < len(words) and words[i + 1] in _BIG
    return words[i] == "and" and end > at and words[end - 1] in _BIG


def _fits(group: int, value: int) -> bool:
    """Tell whether a word below twenty may follow: "twenty five", not "five five"."""
    rest = group % 100
    return rest == 0 or (rest >= 20 and rest % 10 == 0 and value < 10)


def _with_decimals(whole: Fraction, words: list[str], end: int) -> tuple[Fraction, int]:
    if end >= len(words) or words[end] != "point":
        return whole, end
    digits = ""
    at = end + 1
    while at < len(words) and _SMALL.get(words[at], 10) < 10:
        digits += str(_SMALL[words[at]])
        at += 1
    return (whole + Fraction(int(digits), 10 ** len(digits)), at) if digits else (whole, end)
