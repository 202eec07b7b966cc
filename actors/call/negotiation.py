"""Decides what a signal of the other side means for the attempt that is under way. Pure.

The side that offered first makes every later offer, with `attempt` one higher; the other side asks
for one by `restart`. So offers never cross (docs/protocol.md, signal).
"""

import enum

import attrs

from actors import protocol


class Phase(enum.Enum):
    """How far the present attempt has come."""

    RESTING = enum.auto()
    """Between two attempts."""
    WAITING = enum.auto()
    """It waits for the other side's offer."""
    OPEN = enum.auto()
    """It has a port."""


@attrs.frozen
class Decision:
    """The outcome of one signal."""

    accepted: bool = False
    """The signal is for the port of the present attempt."""
    forget: bool = False
    """Signals that still wait are of an attempt that is given up."""
    renew: str = ""
    """Why the present attempt ends, if it does."""


IGNORED = Decision()


@attrs.define
class Negotiation:
    """Who offers, and which attempt counts."""

    offers: bool
    """Whether we make the offers."""
    yields: bool = False
    """Whether the other side's offer counts where both sides take themselves for the later one, as
    a server's restart may bring about."""
    attempt: int = 0
    """The present attempt."""
    least: int = 0
    """Signals of earlier attempts are too late."""
    begun: int = 0
    """Attempts that the other side began."""
    offered: bool = False
    """Whether our port has said anything in this attempt."""

    def take(self, signal: protocol.Signal, phase: Phase) -> Decision:
        """Decide what to do about a signal."""
        if signal.restart:
            return self._asked_to_begin(signal, phase)
        if self.offers and self.yields and _is_offer(signal):
            self.offers = False
            return self._follow(signal, phase)
        if signal.attempt < self.least or (self.offers and _is_offer(signal)):
            return IGNORED
        if signal.attempt > self.attempt:
            # Only the side that offers begins attempts.
            return IGNORED if self.offers else self._follow(signal, phase)
        return Decision(accepted=True)

    def _asked_to_begin(self, signal: protocol.Signal, phase: Phase) -> Decision:
        if not self.offers and phase is not Phase.OPEN:
            # Both sides wait for the other's offer, as a stale one may bring about: one of them
            # begins, or they would wait for ever.
            if self.yields:
                return IGNORED
            self.offers = True
            self.attempt = max(self.attempt, signal.attempt)
            if phase is Phase.RESTING:  # nobody else counts on
                self.attempt += 1
            self.least = self.attempt
            return Decision(renew="neither side offered")
        # Before we have offered an offer is on its way: to begin again would only delay it.
        if self.offers and self.offered and signal.attempt >= self.attempt:
            self.attempt = signal.attempt
            return Decision(renew="the other side asked for a new connection")
        return IGNORED

    def _follow(self, signal: protocol.Signal, phase: Phase) -> Decision:
        """Give up what there is for an attempt that the other side began."""
        self.attempt = self.least = signal.attempt
        self.begun += 1
        # Without a port this is the offer that is waited for.
        why = "the other side began a new connection" if phase is Phase.OPEN else ""
        return Decision(accepted=True, forget=True, renew=why)

    def give_up(self) -> None:
        """Note that the attempt has ended: all that still comes of it is too late."""
        self.least = self.attempt + 1

    def go_on(self) -> None:
        """Begin the next attempt, where we make the offers."""
        self.attempt += 1
        self.least = self.attempt


def _is_offer(signal: protocol.Signal) -> bool:
    return signal.description is not None and signal.description.get("type") == "offer"
