"""What a timeline is made of. Every time is in seconds of the call, exact to the millisecond."""

import attrs


def milliseconds(seconds: float) -> float:
    """A moment as timelines hold it."""
    return round(seconds, 3)


@attrs.frozen
class Entry:
    """Something that happened at one moment; `str()` says what, without the time."""

    at: float = attrs.field(converter=milliseconds)

    @property
    def until(self) -> float:
        """The last moment of it; `at` for what takes no time."""
        return self.at


@attrs.frozen
class Joined(Entry):
    """A person came into the room."""

    who: str

    def __str__(self) -> str:
        return f"{self.who} joins"


@attrs.frozen
class Left(Entry):
    """A person left the room."""

    who: str

    def __str__(self) -> str:
        return f"{self.who} leaves"


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

    def __str__(self) -> str:
        return f'{self.who} says "{self.text}"'


@attrs.frozen
class Typed(Entry):
    """A person sent a line of chat."""

    who: str
    text: str

    def __str__(self) -> str:
        return f'{self.who} types "{self.text}"'


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

    def __str__(self) -> str:
        return f'{self.listener} hears "{self.text}"'


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

    def __str__(self) -> str:
        return f"the agent is {self.state}"


@attrs.frozen
class MessageSent(Entry):
    """The agent sent data to the room (or to one person)."""

    data: str

    def __str__(self) -> str:
        return f"the agent sends {self.data}"


@attrs.frozen
class Interrupted(Entry):
    """That turn and all older ones ended, and their sound with them."""

    turn: int

    def __str__(self) -> str:
        return f"turn {self.turn} is interrupted"


@attrs.frozen
class Crashed(Entry):
    """A life of an actor ended by an exception; `error` is the exception's type."""

    path: str
    life: int
    error: str

    def __str__(self) -> str:
        return f"{self.path} crashes in life {self.life}: {self.error}"


@attrs.frozen
class Restarted(Entry):
    """An actor's next life is at work."""

    path: str
    life: int

    def __str__(self) -> str:
        return f"{self.path} is at work again, life {self.life}"


@attrs.frozen
class Degraded(Entry):
    """A group of stages used up its restarts; the call goes on without it."""

    group: str

    def __str__(self) -> str:
        return f"{self.group} is degraded"


@attrs.frozen
class Recovered(Entry):
    """A degraded group is at work again."""

    group: str

    def __str__(self) -> str:
        return f"{self.group} has recovered"


@attrs.frozen
class Ended(Entry):
    """The agent's graph ended before the lab did; `reason` is "" or the exception's type."""

    reason: str

    def __str__(self) -> str:
        return "the agent ends" + (f": {self.reason}" if self.reason else "")
