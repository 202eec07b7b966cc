"""The timeline of a call: what happened when, to be asserted on or kept as text."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar, overload

import attrs

from runtime import events


def milliseconds(seconds: float) -> float:
    return round(seconds, 3)


@attrs.frozen
class Entry:
    """Something that happened at one moment; `str()` says what, without the time."""

    at: float = attrs.field(converter=milliseconds)

    _sentence: ClassVar[str] = ""

    @property
    def until(self) -> float:
        """The last moment of it; `at` for what takes no time."""
        return self.at

    def __str__(self) -> str:
        return self._sentence.format(self)


@attrs.frozen
class Joined(Entry):
    """A person came into the room."""

    who: str

    _sentence: ClassVar[str] = "{0.who} joins"


@attrs.frozen
class Left(Entry):
    """A person left the room."""

    who: str

    _sentence: ClassVar[str] = "{0.who} leaves"


@attrs.frozen
class Said(Entry):
    """A person spoke (or played a recording) into the microphone."""

    end: float = attrs.field(converter=milliseconds)
    who: str
    text: str

    @property
    def until(self) -> float:
        """When the last letter was over."""
        return self.end

    _sentence: ClassVar[str] = '{0.who} says "{0.text}"'


@attrs.frozen
class Typed(Entry):
    """A person sent a line of chat."""

    who: str
    text: str

    _sentence: ClassVar[str] = '{0.who} types "{0.text}"'


@attrs.frozen
class Heard(Entry):
    """Sound from the agent, as it came out of one listener's loudspeaker.

    `text` is what the listener could make out: the letters that really arrived, if the voice is
    scripted, and "" for any other sound.
    """

    end: float = attrs.field(converter=milliseconds)
    listener: str
    text: str

    @property
    def until(self) -> float:
        """The end of the last sample that was not silent."""
        return self.end

    _sentence: ClassVar[str] = '{0.listener} hears "{0.text}"'


@attrs.frozen
class Captioned(Entry):
    """A caption reached the page. `heard` is the beginning of an agent's words that was played."""

    participant: str
    turn: int
    text: str
    final: bool
    heard: str | None = None

    def __str__(self) -> str:
        partly = "" if self.final else " ..."
        heard = "" if self.heard in (None, self.text) else f' (heard "{self.heard}")'
        return f'caption: {self.participant}, turn {self.turn}: "{self.text}"{partly}{heard}'


@attrs.frozen
class StateChanged(Entry):
    """The agent told the page what it is doing: listening, thinking, speaking or failed."""

    state: str

    _sentence: ClassVar[str] = "the agent is {0.state}"


@attrs.frozen
class MessageSent(Entry):
    """The agent sent data to the room (or to one person)."""

    data: str

    _sentence: ClassVar[str] = "the agent sends {0.data}"


@attrs.frozen
class Interrupted(Entry):
    """That turn and all older ones ended, and their sound with them."""

    turn: int

    _sentence: ClassVar[str] = "turn {0.turn} is interrupted"


@attrs.frozen
class Crashed(Entry):
    """A life of an actor ended by an exception; `error` is the exception's type.

    `message` is no part of the timeline's text, nor compared: a message may hold an object's
    address, which differs from run to run.
    """

    path: str
    life: int
    error: str
    message: str = attrs.field(default="", eq=False)

    _sentence: ClassVar[str] = "{0.path} crashes in life {0.life}: {0.error}"


@attrs.frozen
class Restarted(Entry):
    """An actor's next life is at work."""

    path: str
    life: int

    _sentence: ClassVar[str] = "{0.path} is at work again, life {0.life}"


@attrs.frozen
class Degraded(Entry):
    """A group of stages used up its restarts; the call goes on without it."""

    group: str

    _sentence: ClassVar[str] = "{0.group} is degraded"


@attrs.frozen
class Recovered(Entry):
    """A degraded group is at work again."""

    group: str

    _sentence: ClassVar[str] = "{0.group} has recovered"


@attrs.frozen
class Ended(Entry):
    """The agent's graph ended before the lab did; `reason` is "" or the exception's type."""

    reason: str

    def __str__(self) -> str:
        return "the agent ends" + (f": {self.reason}" if self.reason else "")


def entry_of(event: events.Event) -> Entry | None:
    """The entry for an event of the runtime; None for what a timeline leaves out."""
    match event:
        case events.ActorCrashed(at=at, path=path, life=life, report=report):
            error, _, message = report.error.partition(": ")
            return Crashed(at, path, life, error, message)
        case events.ActorRestarted(at=at, path=path, life=life):
            return Restarted(at, path, life)
        case events.GroupDegraded(at=at, path=path):
            return Degraded(at, path)
        case events.GroupRecovered(at=at, path=path):
            return Recovered(at, path)
        case events.TurnInterrupted(at=at, turn=turn):
            return Interrupted(at, turn)
        case _:
            return None


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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(self._entries)

    def __str__(self) -> str:
        return "".join(f"{_span(entry)}  {entry}\n" for entry in self._entries)

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._entries)} entries>\n{self}"

    def of(self, kind: type[_E]) -> list[_E]:
        """Return the entries of one type."""
        return [entry for entry in self._entries if isinstance(entry, kind)]

    def between(self, start: float, end: float) -> "Timeline":
        """Return the entries that began at or after `start` and before `end`."""
        return Timeline([entry for entry in self._entries if start <= entry.at < end])

    def said(self, who: str | None = None) -> list[Said]:
        """Return what people said (only `who`, if given)."""
        return [entry for entry in self.of(Said) if who in (None, entry.who)]

    def heard(self, listener: str | None = None) -> list[Heard]:
        """Return what people heard of the agent (only `listener`, if given)."""
        return [entry for entry in self.of(Heard) if listener in (None, entry.listener)]

    def captions(self, participant: str | None = None, *, final: bool = True) -> list[str]:
        """Return the texts of one participant's captions, the finished ones only by default."""
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
        """Return the seconds from the end of each utterance of `who` to the first sound they hear.

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
"""Entries that stand last at their moment, in this order."""


def _place(entry: Entry) -> tuple[float, int]:
    """Where an entry stands; the order in which tasks ran within a moment does not matter."""
    return entry.at, _LAST.index(type(entry)) + 1 if type(entry) in _LAST else 0


def _span(entry: Entry) -> str:
    if entry.until > entry.at:
        return f"{entry.at:9.3f} -{entry.until:9.3f}"
    return f"{entry.at:9.3f}" + " " * 11
