"""What a conversation remembers: what was said, and of the agent's replies what was heard."""

from __future__ import annotations

import attrs

from actors.stages.messages import Item, Planned, Transcript

_MOST_ITEMS = 500
"""Older items are forgotten: a call may last for days."""

_ECHO = 1.0
"""Seconds for which a room and a network may give the agent's own voice back."""

_LULL = 2.0
"""Seconds without news of a reply after which nobody is speaking it any more."""


@attrs.define(eq=False)
class Reply:
    """A reply of the agent as it is planned and played. Times are seconds of the turn's audio."""

    turn: int
    clauses: list[Planned] = attrs.field(factory=list[Planned])
    heard: float = 0.0
    over: bool = False
    """Nothing more of it will be played."""
    stirred: float = float("-inf")
    """When it was last planned or played."""

    @property
    def text(self) -> str:
        """Everything that has been planned so far."""
        return " ".join(_single_spaced(clause.text) for clause in self.clauses)

    @property
    def heard_text(self) -> str:
        """The beginning of `text` that was played, to the word: half of its sound or more."""
        parts = [_heard_part(clause, self.heard) for clause in self.clauses]
        return " ".join(part for part in parts if part)

    @property
    def complete(self) -> bool:
        """Whether the whole reply was planned, and heard to its last word."""
        planned = bool(self.clauses) and self.clauses[-1].final
        return planned and self.heard_text == self.text


class Memory:
    """The conversation in the order in which it was heard. Pure: no clock, no I/O."""

    def __init__(self) -> None:
        self._entries: list[Item | Reply] = []
        self._replies: dict[int, Reply] = {}
        self._last_sound = float("-inf")

    def said(self, turn: int, text: str, source: str | None) -> None:
        """Remember what a person said or typed in this turn; saying it again replaces it."""
        item = Item("user", text, turn, source)
        for i, entry in enumerate(self._entries):
            if isinstance(entry, Item) and (entry.turn, entry.source) == (turn, source):
                self._entries[i] = item
                return
        self._entries.append(item)
        del self._entries[:-_MOST_ITEMS]

    def planned(self, planned: Planned, *, at: float) -> Reply:
        """Learn of a clause that was made. It is no memory yet: nobody has heard it."""
        reply = self._reply(planned.turn)
        reply.stirred = at
        # A stage that was restarted may plan a clause again.
        reply.clauses = [each for each in reply.clauses if each.start < planned.start]
        if planned.text.strip():
            reply.clauses.append(planned)
        elif planned.final and reply.clauses:
            reply.clauses[-1] = attrs.evolve(reply.clauses[-1], final=True)
        return reply

    def played(self, turn: int, seconds: float, *, at: float, over: bool) -> Reply:
        """Learn, at the time `at`, how much of a reply has been played."""
        reply = self._reply(turn)
        if seconds > reply.heard:
            self._last_sound = at
        reply.stirred = at
        reply.heard = max(reply.heard, seconds)
        reply.over = reply.over or over
        if reply.heard_text and reply not in self._entries:
            self._entries.append(reply)
        return reply

    def ended(self, floor: int) -> list[Reply]:
        """Close all replies of turns below `floor`: nothing more of them will be played."""
        cut = [each for each in self._replies.values() if each.turn < floor and not each.over]
        for reply in cut:
            reply.over = True
        for turn in [turn for turn in self._replies if turn < floor - 8]:
            del self._replies[turn]
        return cut

    def speaking(self, turn: int, now: float) -> bool:
        """Whether a reply of an older turn than `turn` is being spoken at `now`.

        A reply whose end was never reported (its voice has died) ends with a lull.
        """
        return any(
            each.turn < turn and not each.over and now - each.stirred < _LULL
            for each in self._replies.values()
        )

    def spoke_lately(self, when: float) -> bool:
        """Whether the agent's last sound was less than an echo's time before `when`."""
        return when - self._last_sound < _ECHO

    def last_heard(self) -> str:
        """What was last heard of the agent."""
        return next((e.heard_text for e in reversed(self._entries) if isinstance(e, Reply)), "")

    def items(self) -> tuple[Item, ...]:
        """The conversation so far: replies only as far as they were heard."""
        return tuple(
            entry
            if isinstance(entry, Item)
            else Item("agent", entry.heard_text, entry.turn, cut=entry.over and not entry.complete)
            for entry in self._entries
        )

    def _reply(self, turn: int) -> Reply:
        if turn not in self._replies:
            self._replies[turn] = Reply(turn)
        return self._replies[turn]


def wants_answer(transcript: Transcript) -> bool:
    """Whether a transcript is the last of its turn and says something, or had better have."""
    return transcript.final and (transcript.failed or any(c.isalnum() for c in transcript.text))


def _heard_part(clause: Planned, seconds: float) -> str:
    """Return the words of a clause that were heard after `seconds` of the turn."""
    written = clause.text.split()
    if not clause.words:
        return " ".join(written) if seconds >= clause.start + clause.duration > 0 else ""
    heard = sum((word.start + word.end) / 2 <= seconds for word in clause.words)
    # A voice reads "5 km" as two other words: then the share of the words counts.
    return " ".join(written[: round(heard * len(written) / len(clause.words))])


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
