"""What the agent is doing, as far as turn-taking can know it."""

from __future__ import annotations

from enum import Enum

from actors.stages.turntaking.rules import TurnRules


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
        """Go on in this state."""
        self.state, self._since = state, now

    def asked(self, now: float) -> None:
        """A turn has ended, a reply is expected."""
        self.state, self._since = AgentState.THINKING, now

    def relax(self) -> None:
        """No reply is expected, or it has been interrupted."""
        self.state, self._sounding = AgentState.LISTENING, False

    def played(self, now: float, *, playing: bool, final: bool) -> None:
        """Learn what was played."""
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
