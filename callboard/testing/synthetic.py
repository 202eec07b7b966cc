"""Synthetic speech that a voice detector takes for a person and that a test reads back.

A letter lasts 60 ms. Below 3.4 kHz it is a voice: harmonics of a wandering pitch under three
formants. Above, it carries its own code point as nine steady tones, so a receiver of the
samples, through any chain of devices, jitter buffers and filters, can tell which letters arrived.
A tenth tone sounds in the first letter of a clause: the reader puts a space before it, which takes
no time.
Every partial is periodic in 60 ms: letters join without a click, and one inverse FFT makes one.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.stages.messages import Word

LETTER = 0.06
"""Seconds that one letter lasts."""

_WINDOW = 0.02
"""Seconds that the reader looks at: two whole windows lie in every letter, however it is cut."""

_GRID = 1 / LETTER
"""Hz between neighbouring partials: each fits a whole number of periods into a letter."""

_GROUPS = 9
_TONES_PER_GROUP = 4
_LOWEST_TONE = 3600.0
_TONE_SPACING = 100.0
_CLAUSE_TONE = _LOWEST_TONE + _GROUPS * _TONES_PER_GROUP * _TONE_SPACING
"""Hz of the tone in a clause's first letter: above all others, farthest from the voice."""
_LARGEST_CODE_POINT = (1 << (2 * _GROUPS - 1)) - 1

_TONE_LEVEL = 100.0
_VOICE_LEVEL = 4400.0
_HIGHEST_HARMONIC = 3400.0
MELODY = (0, 1, 2, 2, 1, 0, -1, -1)
"""Steps of the pitch from letter to letter: a detector takes a level tone for noise."""

_UNSPACED = "\u3002\uff01\uff1f"
"""Ends of sentences after which Chinese and Japanese put no space."""

_AUDIBLE = 6
_DECISIVE = 1.6
"""How far the loudest tone of a group must stand above the next (a window across two letters
holds both letters' tones, and says nothing)."""


@attrs.frozen
class Letter:
    """One letter as it was read: the character, and seconds from the reader's first sample."""

    character: str
    at: float


def duration(text: str) -> float:
    """Seconds that `text` takes to say."""
    return len(text) * LETTER


def synthesize(
    text: str,
    sample_rate: int = 16000,
    *,
    pitch: float = 120.0,
    start: int = 0,
    melody: tuple[int, ...] = MELODY,
    clause: bool = False,
) -> NDArray[np.int16]:
    """Say `text`: int16 samples, mono, `[len(text) * 0.06 * sample_rate]`.

    Equal neighbours are told apart by the parity of a letter's place, which the tones carry too:
    a text said in pieces gives each piece the place of its first letter as `start`. `melody` is
    added to the pitch from letter to letter, in steps of 16.7 Hz. A `clause` is read with a space
    between it and what was said before.

    Raises:
        ValueError: a sample rate under 16 kHz cannot carry the tones, nor any rate a character
            beyond U+1FFFF.
    """
    _check_rate(sample_rate)
    if not text:
        return np.zeros(0, np.int16)
    step = round(pitch / _GRID)
    pieces = [
        _letter(
            letter,
            (start + i) % 2,
            step + melody[(start + i) % len(melody)],
            sample_rate,
            begins_clause=clause and i == 0,
        )
        for i, letter in enumerate(text)
    ]
    return np.concatenate(pieces)


def read(samples: NDArray[np.int16], sample_rate: int = 16000) -> str:
    """The text that `samples` carry; what was cut, lost or drowned is missing."""
    reader = Reader(sample_rate)
    return "".join(letter.character for letter in reader.feed(samples))


class Reader:
    """Reads letters from a stream of samples, in pieces of any size.

    Holds less than one window (20 ms) between two pieces.
    """

    def __init__(self, sample_rate: int = 16000) -> None:
        _check_rate(sample_rate)
        self._rate = sample_rate
        self._window = round(_WINDOW * sample_rate)
        self._held = np.zeros(0, np.int16)
        self._windows = 0
        self._last: int | None = None
        self._read = ""
        self._quiet = 0

    def feed(self, samples: NDArray[np.int16]) -> list[Letter]:
        """Take the next samples (mono, `[n]`) and give the letters that they complete."""
        if len(self._held):
            samples = np.concatenate([self._held, samples])
        whole = len(samples) // self._window
        self._held = samples[whole * self._window :].copy()
        first = self._windows
        self._windows += whole
        letters: list[Letter] = []
        windows = samples[: whole * self._window].reshape(whole, self._window)
        for i, symbol in enumerate(_symbols(windows, self._rate)):
            if symbol is None:
                self._quiet += 1
                if self._quiet > 2:
                    self._last = None
                continue
            self._quiet = 0
            if symbol.number != self._last:
                self._last = symbol.number
                at = (first + i) * _WINDOW
                if symbol.begins_clause and self._wants_space():
                    letters.append(Letter(" ", at))
                self._read = chr(symbol.number >> 1)
                letters.append(Letter(self._read, at))
        return letters

    def _wants_space(self) -> bool:
        """Whether a clause after the letter that was read last stands apart from it."""
        return self._read != "" and not self._read.isspace() and self._read not in _UNSPACED


def _check_rate(sample_rate: int) -> None:
    if sample_rate < 16000 or sample_rate % 50:
        raise ValueError(
            f"the synthetic voice was asked for {sample_rate} Hz; it carries its text in tones up "
            "to 7.2 kHz, so give it 16000 Hz or more, in whole samples per 20 ms"
        )


@lru_cache(maxsize=4096)
def _letter(
    character: str, parity: int, step: int, sample_rate: int, *, begins_clause: bool
) -> NDArray[np.int16]:
    code_point = ord(character)
    if code_point > _LARGEST_CODE_POINT:
        raise ValueError(
            f"the synthetic voice cannot say U+{code_point:X}; "
            f"it says characters up to U+{_LARGEST_CODE_POINT:X}"
        )
    length = round(LETTER * sample_rate)
    partials = np.zeros(length // 2 + 1)
    if not character.isspace():
        _add_voice(partials, code_point, step)
    symbol = code_point << 1 | parity
    for group in range(_GROUPS):
        digit = symbol >> (2 * group) & 3
        partials[round(_tone(group, digit) / _GRID)] += _TONE_LEVEL
    if begins_clause:
        partials[round(_CLAUSE_TONE / _GRID)] += _TONE_LEVEL
    # A spectrum of -i·a gives a·sin: every partial starts and ends the letter at zero.
    samples = np.fft.irfft(partials * -0.5j * length, n=length)
    return np.round(samples).astype(np.int16)


def _add_voice(partials: NDArray[np.float64], code_point: int, step: int) -> None:
    """Add the harmonics of pitch `step` (in grid steps), weighted by the letter's formants."""
    formants = (
        (300 + code_point * 37 % 6 * 90, 80, 1.0),
        (900 + code_point * 53 % 7 * 200, 100, 0.6),
        (2500 + code_point * 11 % 5 * 150, 150, 0.3),
    )
    harmonics = np.arange(step, int(_HIGHEST_HARMONIC / _GRID), step)
    weights = np.full(len(harmonics), 0.02)
    for centre, width, gain in formants:
        weights += gain / (1 + ((harmonics * _GRID - centre) / width) ** 2)
    partials[harmonics] += _VOICE_LEVEL * weights


def _tone(group: int, digit: int) -> float:
    return _LOWEST_TONE + (group * _TONES_PER_GROUP + digit) * _TONE_SPACING


@lru_cache(maxsize=8)
def _analyser(sample_rate: int) -> NDArray[np.float32]:
    """`[window, 74]`: the real and imaginary parts of 37 tones under a Hann window.

    The last is the tone of a clause's beginning.

    A Hann window of 20 ms is zero 100 Hz off its centre, so neighbouring tones do not leak.
    """
    length = round(_WINDOW * sample_rate)
    time = np.arange(length) / sample_rate
    hann = np.hanning(length + 1)[:length] * 4 / length
    tones = np.array(
        [_tone(g, d) for g in range(_GROUPS) for d in range(_TONES_PER_GROUP)] + [_CLAUSE_TONE]
    )
    angles = 2 * np.pi * np.outer(time, tones)
    parts = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    return (parts * hann[:, None]).astype(np.float32)


@attrs.frozen
class _Symbol:
    """The content of one window: a code point and a parity, and whether a clause begins."""

    number: int
    begins_clause: bool


def _symbols(windows: NDArray[np.int16], sample_rate: int) -> Iterator[_Symbol | None]:
    """The symbol in each row of `[n, window]`, or None where none can be told."""
    if not np.any(windows):
        yield from [None] * len(windows)
        return
    parts = windows.astype(np.float32) @ _analyser(sample_rate)
    half = parts.shape[1] // 2
    tones = np.hypot(parts[:, :half], parts[:, half:])
    levels = tones[:, :-1].reshape(-1, _GROUPS, _TONES_PER_GROUP)
    digits = levels.argmax(axis=2)
    ordered = np.sort(levels, axis=2)
    loudest, next_to_it = ordered[:, :, -1], ordered[:, :, -2]
    certain: NDArray[np.bool_] = np.all(
        (loudest > _AUDIBLE) & (loudest > _DECISIVE * next_to_it), axis=1
    )
    symbols: NDArray[np.int64] = np.sum(digits << (2 * np.arange(_GROUPS)), axis=1)
    beginnings: NDArray[np.bool_] = tones[:, -1] > np.median(loudest, axis=1) / 2
    for i in range(len(windows)):
        yield _Symbol(int(symbols[i]), bool(beginnings[i])) if certain[i] else None


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
