"""Turn-taking as a pure state machine: events in, decisions out.

                      onset, agent quiet
        ┌────────┐ ───────────────────────▶ ┌────────┐
        │ QUIET  │                          │  OPEN  │  somebody has the floor
        └────────┘ ◀─────────────────────── └────────┘
          ▲    │      silence, overlong,         ▲
          │    │      left                       │ words, or 300 ms more: Interrupted;
          │    │                                 │ or the agent has ended by itself
          │    │ onset, agent thinks or speaks:  │
          │    │ Paused                     ┌──────────┐
          │    └──────────────────────────▶ │ DOUBTFUL │  speech over the agent
          │                                 └──────────┘
          └───────── no words, or a backchannel: Resumed ┘

The agent beside it is quiet, thinking or speaking. The clock is the stream of frames: every event
carries `now`, and each frame, of whomever, may end what has lasted too long.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Literal

import attrs

from actors.stages.language.sentences import is_backchannel, may_be_backchannel, plain
from actors.stages.language.tables import Language
from actors.stages.turntaking.rules import TurnRules

Reason = Literal["silence", "overlong", "left", "backchannel", "false"]
"""Why a turn ended: the person was silent, spoke too long, or left; it was only a nod while the
agent spoke, or no speech at all (then the agent goes on)."""


@attrs.frozen
class Began:
    """A turn of `source` begins. `over_agent`: it is not sure yet that it will be one."""

    source: str | None
    over_agent: bool


@attrs.frozen
class Paused:
    """The agent's voice holds: somebody speaks over it."""


@attrs.frozen
class Resumed:
    """The agent's voice goes on at the same sample."""


@attrs.frozen
class Interrupted:
    """The agent's turn is over: what was said over it is a turn."""


@attrs.frozen
class Ended:
    """The open turn is over. After "false" and "backchannel" nobody answers it."""

    source: str | None
    reason: Reason


@attrs.frozen
class Unheard:
    """What `source` said while another had the floor is over, and is no turn any more."""

    source: str | None


@attrs.frozen
class Idle:
    """Nobody has said anything for the time that the rules name. Told once a silence."""


@attrs.frozen
class Failed:
    """The agent was asked and gave no sound in time."""


Decision = Began | Paused | Resumed | Interrupted | Ended | Unheard | Idle | Failed


class AgentState(Enum):
    """Listening, or busy with a reply, or found to have failed."""

    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    FAILED = "failed"


class Agent:
    """Follows the agent from a question to the last sound of its reply."""

    def __init__(self, rules: TurnRules) -> None:
        self._rules = rules
        self._since = 0.0
        self._sounding = False
        self.state = AgentState.LISTENING

    @property
    def busy(self) -> bool:
        """True while a reply is under way, or overdue and might still come."""
        return self.state is not AgentState.LISTENING

    def restore(self, now: float, state: AgentState) -> None:
        self.state, self._since = state, now

    def asked(self, now: float) -> None:
        """A turn has ended, a reply is expected."""
        self.state, self._since = AgentState.THINKING, now

    def relax(self) -> None:
        """No reply is expected, or it has been interrupted."""
        self.state, self._sounding = AgentState.LISTENING, False

    def played(self, now: float, *, playing: bool, final: bool) -> None:
        self._since = now
        self._sounding = playing
        if final:
            self.relax()
        elif playing:
            self.state = AgentState.SPEAKING

    def too_late(self, now: float) -> bool:
        """Tell once that a reply did not come; end a reply whose end was never reported."""
        waited = now - self._since
        if self.state is AgentState.THINKING and waited >= self._rules.patience:
            self.state = AgentState.FAILED
            return True
        if self.state is AgentState.SPEAKING and not self._sounding and waited >= self._rules.lull:
            self.relax()
        return False


class Onset:
    """Follows one source, frame by frame. Times are seconds on the caller's clock."""

    def __init__(self, rules: TurnRules) -> None:
        self._rules = rules
        self._recent: deque[tuple[float, float]] = deque()
        self.last_frame = float("-inf")
        self.last_speech = float("-inf")
        self.spoken = 0.0
        """Seconds of speech since the onset."""
        self.talking = False
        """True from an onset until `rest`."""

    def frame(self, now: float, *, speech: bool, duration: float) -> None:
        self.last_frame = now
        if speech:
            self.last_speech = now
            if self.talking:
                self.spoken += duration
            else:
                self._recent.append((now, duration))
        if not self.talking:
            while self._recent and self._recent[0][0] <= now - self._rules.onset_within:
                self._recent.popleft()
            spoken = sum(each for _, each in self._recent)
            # A millisecond less: frames of 16 and 20 ms do not add up to the rule exactly.
            if spoken >= self._rules.onset - 0.001:
                self.talking = True
                self.spoken = spoken

    def resume(self, now: float) -> None:
        """Take it that this source is in the middle of speech."""
        self.talking, self.last_speech, self.last_frame = True, now, now

    def quiet_for(self, now: float) -> float:
        return now - self.last_speech

    def rest(self) -> None:
        """Forget this stretch of speech; the next needs an onset of its own."""
        self.talking = False
        self.spoken = 0.0
        self._recent.clear()


class Floor(Enum):
    """Who has the floor, as far as the people are concerned."""

    QUIET = "quiet"
    DOUBTFUL = "doubtful"
    OPEN = "open"


class TurnMachine:
    """Feed it frames, words and what the agent does; carry out what it returns, in order."""

    def __init__(self, rules: TurnRules, table: Language) -> None:
        self._rules = rules
        self._table = table
        self._onsets: dict[str | None, Onset] = {}
        self._agent = Agent(rules)
        self._words = ""
        self._opened = 0.0
        self._stirred: float | None = None
        self._idle_told = False
        self.floor = Floor.QUIET
        self.owner: str | None = None
        """Whose turn it is; meaningful unless the floor is quiet."""

    @property
    def state(self) -> Literal["listening", "thinking", "speaking", "failed"]:
        """What the agent shows that it is doing."""
        return "listening" if self.floor is Floor.OPEN else self._agent.state.value

    def pausing(self, now: float) -> bool:
        """Whether the owner of the floor has been silent for longer than the hangover."""
        onset = self._onsets.get(self.owner)
        return onset is not None and onset.quiet_for(now) > self._rules.hangover + 0.001

    def voiced(
        self, now: float, source: str | None, *, speech: bool, duration: float = 0.02
    ) -> list[Decision]:
        """Take one frame of `source` that ends at `now`."""
        onset = self._onsets.get(source)
        if onset is None:
            onset = self._onsets[source] = Onset(self._rules)
        onset.frame(now, speech=speech, duration=duration)
        return self._advance(now)

    def heard(self, now: float, words: str, *, final: bool) -> list[Decision]:
        """Take what the ear has understood of the open turn, the whole of it so far."""
        if self.floor is Floor.QUIET:
            return []
        self._words = words
        return self._advance(now)

    def restore(self, now: float, floor: Floor, owner: str | None, agent: AgentState) -> None:
        """Go on where another machine stood: the owner of the floor counts as just speaking."""
        self.floor, self.owner, self._opened, self._stirred = floor, owner, now, now
        self._agent.restore(now, agent)
        if floor is not Floor.QUIET:
            onset = self._onsets[owner] = Onset(self._rules)
            onset.resume(now)

    @property
    def agent(self) -> AgentState:
        """What the agent is doing, whoever has the floor."""
        return self._agent.state

    def answered(self, now: float, *, expected: bool) -> list[Decision]:
        """Learn that the last turn's final words are in: will the agent reply to them?"""
        if not expected:
            self._agent.relax()
        return self._advance(now)

    def played(self, now: float, *, playing: bool, final: bool) -> list[Decision]:
        self._agent.played(now, playing=playing, final=final)
        return self._advance(now)

    def asked(self, now: float) -> list[Decision]:
        """Learn that the agent was asked in another way than by voice, and will reply."""
        self._agent.asked(now)
        return self._advance(now)

    def _advance(self, now: float) -> list[Decision]:
        decisions: list[Decision] = []
        if self._agent.too_late(now):
            decisions.append(Failed())
        if self.floor is not Floor.QUIET:
            decisions += self._doubtful(now) if self.floor is Floor.DOUBTFUL else self._open(now)
        if self.floor is Floor.QUIET:
            decisions += self._quiet(now)
        return decisions

    def _quiet(self, now: float) -> list[Decision]:
        missed: list[Decision] = []
        for source, onset in list(self._onsets.items()):
            if self._gone(now, onset):
                del self._onsets[source]
            elif onset.talking:
                if onset.quiet_for(now) >= self._rules.silence:
                    onset.rest()
                    missed.append(Unheard(source))
                    continue
                return [*missed, *self._begin(now, source)]
        return [*missed, *self._idle(now)]

    def _begin(self, now: float, source: str | None) -> list[Decision]:
        self.owner, self._words, self._opened = source, "", now
        self._stirred, self._idle_told = now, False
        over_agent = self._agent.busy
        self.floor = Floor.DOUBTFUL if over_agent else Floor.OPEN
        began = Began(source, over_agent)
        return [began, Paused()] if over_agent else [began]

    def _doubtful(self, now: float) -> list[Decision]:
        onset, rules = self._onsets[self.owner], self._rules
        nod = is_backchannel(self._words, self._table)
        # "m" may become "mhm": a nod is given the time that a nod takes.
        maybe = bool(plain(self._words)) and may_be_backchannel(self._words, self._table)
        enough = rules.onset + (rules.nod if maybe else rules.confirm) - 0.001
        worded = bool(plain(self._words)) and not maybe
        # An agent that is done meanwhile is interrupted too: a late reply must not come.
        if not self._agent.busy or worded or onset.spoken >= enough:
            self.floor = Floor.OPEN
            self._agent.relax()
            return [Interrupted(), *self._open(now)]
        # What was said while another had the floor is read only now.
        quiet = min(onset.quiet_for(now), now - self._opened)
        if nod and quiet >= rules.hangover - 0.001:
            return [Resumed(), self._end(now, "backchannel")]
        if quiet >= rules.doubt - 0.001:
            return [Resumed(), self._end(now, "false")]
        if self._gone(now, onset):
            return [Resumed(), self._end(now, "false")]
        return []

    def _open(self, now: float) -> list[Decision]:
        onset = self._onsets[self.owner]
        if self._gone(now, onset):
            return [self._end(now, "left")]
        if onset.quiet_for(now) >= self._rules.silence_after(self._words, self._table) - 0.001:
            return [self._end(now, "silence")]
        if now - self._opened >= self._rules.longest:
            return [self._end(now, "overlong")]
        return []

    def _end(self, now: float, reason: Reason) -> Ended:
        onset = self._onsets[self.owner]
        if reason == "left":
            del self._onsets[self.owner]
        elif reason != "overlong":
            onset.rest()
        if reason not in ("false", "backchannel"):
            self._agent.asked(now)
        self.floor = Floor.QUIET
        self._stirred = now
        return Ended(self.owner, reason)

    def _gone(self, now: float, onset: Onset) -> bool:
        return now - onset.last_frame >= self._rules.vanished

    def _idle(self, now: float) -> list[Decision]:
        if self._stirred is None or self._agent.state is not AgentState.LISTENING:
            self._stirred = now
        if self._rules.idle is None or self._idle_told or now - self._stirred < self._rules.idle:
            return []
        self._idle_told = True
        return [Idle()]
