"""Answers "what is seventeen times four?", from words or digits, exactly."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

import attrs

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


_OPERATORS: Final = (
    (("to", "the", "power", "of"), "^"),
    (("multiplied", "by"), "*"),
    (("divided", "by"), "/"),
    (("percent", "of"), "%"),
    (("times",), "*"),
    (("x",), "*"),
    (("plus",), "+"),
    (("minus",), "-"),
    (("over",), "/"),
    (("squared",), "²"),
    (("cubed",), "³"),
)
_SIGNS: Final = {
    "+": " plus ", "*": " times ", "\u00d7": " times ", "÷": " divided by ", "/": " divided by ",
    "^": " to the power of ", "%": " percent ", "²": " squared ", "\u2212": " minus ",
}  # fmt: skip
_SOUNDS_LIKE: Final = {
    "to": "two", "too": "two", "for": "four", "fore": "four", "won": "one", "ate": "eight",
}  # fmt: skip
_PRECEDENCE: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 3, "^": 4}
_LARGEST_POWER: Final = 64


class NoNumberError(ArithmeticError):
    """A sum without a result; the message is what a person is told."""


@attrs.frozen
class Sum:
    """An arithmetic question: how it was understood, in signs, and its result."""

    text: str
    result: Fraction


def find_sum(text: str) -> Sum | None:
    """Find a sum of two numbers or more in `text`, which may stand inside a sentence.

    Returns None where there is none. Raises `NoNumberError` for a division by nothing or a power
    that nobody wants read aloud.
    """
    words = _words(text)
    # A recogniser may have written "too plus too".
    for reading in (words, [_SOUNDS_LIKE.get(word, word) for word in words]):
        for start in range(len(reading)):
            tokens = _tokens(reading, start)
            if len(tokens) > 1:
                return Sum(_readable(tokens), _evaluate(list(tokens)))
    return None


def say(value: Fraction) -> str:
    """Return a number as one reads it: whole where it is, else to four digits, "about"."""
    if value.denominator == 1:
        return str(value.numerator).replace("-", "minus ")
    short = f"{float(value):.4f}".rstrip("0").rstrip(".")
    about = "" if Fraction(short) == value else "about "
    return about + short.replace("-", "minus ")


def _words(text: str) -> list[str]:
    text = text.lower()
    text = re.sub(r"(?<=\d)\s*-\s*(?=\d)", " minus ", text)
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    return re.findall(r"\d+(?:\.\d+)?|[a-z']+", text)


def _tokens(words: list[str], at: int) -> list[Fraction | str]:
    """Read number, operator, number, ... from `at` on; what follows the last number is left."""
    tokens: list[Fraction | str] = []
    if words[at : at + 3] == ["square", "root", "of"]:
        found = read_number(words, at + 3)
        return ["√", found[0]] if found else []
    complete: list[Fraction | str] = []
    while True:
        negative = at < len(words) and words[at] in ("minus", "negative")
        found = read_number(words, at + negative)
        if found is None:
            return complete
        value, at = found
        tokens.append(-value if negative else value)
        complete = list(tokens)
        operator, at = _operator(words, at)
        while operator in ("²", "³"):
            tokens += ["^", Fraction(2 if operator == "²" else 3)]
            complete = list(tokens)
            operator, at = _operator(words, at)
        if operator is None:
            return complete
        tokens.append(operator)


def _operator(words: list[str], at: int) -> tuple[str | None, int]:
    for spoken, operator in _OPERATORS:
        if tuple(words[at : at + len(spoken)]) == spoken:
            return operator, at + len(spoken)
    return None, at


def _evaluate(tokens: list[Fraction | str]) -> Fraction:
    if tokens[0] == "√":
        return _root(tokens[1])
    values: list[Fraction] = []
    operators: list[str] = []
    for token in [*tokens, "end"]:
        if isinstance(token, Fraction):
            values.append(token)
            continue
        while operators and _PRECEDENCE[operators[-1]] >= _PRECEDENCE.get(token, 0):
            right, left = values.pop(), values.pop()
            values.append(_apply(operators.pop(), left, right))
        operators.append(token)
    return values[0]


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "%":
            return left * right / 100
        case "/":
            if right == 0:
                raise NoNumberError("Nothing can be divided by zero.")
            return left / right
        case _:
            if right.denominator != 1 or abs(right) > _LARGEST_POWER or abs(left) > 10**6:
                raise NoNumberError("That power is too much for me.")
            if left == 0 and right < 0:
                raise NoNumberError("Nothing can be divided by zero.")
            return left ** int(right)


def _root(value: Fraction | str) -> Fraction:
    assert isinstance(value, Fraction)
    return Fraction(float(value) ** 0.5).limit_denominator(10**9)


def _readable(tokens: list[Fraction | str]) -> str:
    names = {
        "*": "times", "/": "divided by", "+": "plus", "-": "minus", "%": "percent of",
        "^": "to the power of", "√": "the square root of",
    }  # fmt: skip
    return " ".join(names[token] if isinstance(token, str) else say(token) for token in tokens)
