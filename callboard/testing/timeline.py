"""The timeline of a call: what happened when, to be asserted on or kept as text."""

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from callboard.testing.entries import (
    Captioned,
    Crashed,
    Ended,
    Entry,
    Heard,
    Interrupted,
    MessageSent,
    Recovered,
    Restarted,
    Said,
    StateChanged,
)

_E = TypeVar("_E", bound=Entry)


class Timeline(Sequence[Entry]):
    """Everything that happened in one run of a lab, in order of time.

    At one moment causes stand before effects: who comes and speaks, crashes and interruptions,
    then what the agent shows and what is heard.

    Equal runs give equal timelines: compare them with `==`, or their texts byte for byte. `str()`
    is the whole as text, a line an entry, to be kept as a snapshot.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(sorted(entries, key=_place))

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> "Timeline": ...
    def __getitem__(self, index: int | slice) -> "Entry | Timeline":
        if isinstance(index, slice):
            return Timeline(self._entries[index])
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(self._entries)

    def __str__(self) -> str:
        return "".join(f"{_span(entry)}  {entry}\n" for entry in self._entries)

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._entries)} entries>\n{self}"

    def of(self, kind: type[_E]) -> list[_E]:
        """The entries of one type."""
        return [entry for entry in self._entries if isinstance(entry, kind)]

    def between(self, start: float, end: float) -> "Timeline":
        """What began at or after `start` and before `end`."""
        return Timeline([entry for entry in self._entries if start <= entry.at < end])

    def said(self, who: str | None = None) -> list[Said]:
        """What people said (only `who`, if given)."""
        return [entry for entry in self.of(Said) if who in (None, entry.who)]

    def heard(self, listener: str | None = None) -> list[Heard]:
        """What people heard of the agent (only `listener`, if given)."""
        return [entry for entry in self.of(Heard) if listener in (None, entry.listener)]

    def captions(self, participant: str | None = None, *, final: bool = True) -> list[str]:
        """The texts of the captions of one participant, the finished ones only by default."""
        return [
            caption.text
            for caption in self.of(Captioned)
            if participant in (None, caption.participant) and (caption.final or not final)
        ]

    @property
    def interruptions(self) -> list[Interrupted]:
        """Every interruption."""
        return self.of(Interrupted)

    @property
    def crashes(self) -> list[Crashed]:
        """Every crash."""
        return self.of(Crashed)

    def latencies(self, who: str) -> list[float]:
        """Seconds from the end of each utterance of `who` to the first sound that they hear.

        An utterance that is followed by another one before any answer has no latency of its own.
        """
        answers = self.heard(who)
        utterances = self.said(who)
        latencies: list[float] = []
        for utterance, following in zip(utterances, [*utterances[1:], None], strict=True):
            until = following.at if following else float("inf")
            starts = [answer.at for answer in answers if utterance.end <= answer.at < until]
            if starts:
                latencies.append(round(starts[0] - utterance.end, 3))
        return latencies


_LAST = (Restarted, Recovered, StateChanged, Captioned, MessageSent, Heard, Ended)
"""What stands last among entries of one moment, in this order."""


def _place(entry: Entry) -> tuple[float, int]:
    """Where an entry stands; the order in which tasks ran within a moment does not matter."""
    return entry.at, _LAST.index(type(entry)) + 1 if type(entry) in _LAST else 0


def _span(entry: Entry) -> str:
    if entry.until > entry.at:
        return f"{entry.at:9.3f} -{entry.until:9.3f}"
    return f"{entry.at:9.3f}" + " " * 11
