"""What each signal means, in every phase of an attempt."""

import pytest

from actors import protocol
from actors.call.negotiation import IGNORED, Decision, Negotiation, Phase

RESTING, WAITING, OPEN = Phase.RESTING, Phase.WAITING, Phase.OPEN
ACCEPTED = Decision(accepted=True)


def offer(attempt: int) -> protocol.Signal:
    return protocol.Signal(to="b", attempt=attempt, description={"type": "offer", "sdp": ""})


def answer(attempt: int) -> protocol.Signal:
    return protocol.Signal(to="b", attempt=attempt, description={"type": "answer", "sdp": ""})


def restart(attempt: int) -> protocol.Signal:
    return protocol.Signal(to="b", attempt=attempt, restart=True)


def begun(why: str = "") -> Decision:
    return Decision(accepted=True, forget=True, renew=why)


ANEW = "the other side began a new connection"
ASKED = "the other side asked for a new connection"
NEITHER = "neither side offered"


@pytest.mark.parametrize(
    ("state", "signal", "phase", "decision", "after"),
    [
        # The side that answers takes offers, and no signal of an attempt before.
        (Negotiation(False), offer(0), WAITING, ACCEPTED, Negotiation(False)),
        (
            Negotiation(False),
            offer(1),
            WAITING,
            begun(),
            Negotiation(False, attempt=1, least=1, begun=1),
        ),
        (
            Negotiation(False),
            offer(1),
            OPEN,
            begun(ANEW),
            Negotiation(False, attempt=1, least=1, begun=1),
        ),
        (
            Negotiation(False, attempt=2, least=2),
            answer(1),
            OPEN,
            IGNORED,
            Negotiation(False, attempt=2, least=2),
        ),
        # The side that offers takes answers to its newest offer alone.
        (
            Negotiation(True, offered=True),
            answer(0),
            OPEN,
            ACCEPTED,
            Negotiation(True, offered=True),
        ),
        (Negotiation(True), offer(5), OPEN, IGNORED, Negotiation(True)),
        (Negotiation(True), answer(1), OPEN, IGNORED, Negotiation(True)),
        # Where both take themselves for the one that offers, one yields.
        (
            Negotiation(True, yields=True),
            offer(0),
            OPEN,
            begun(ANEW),
            Negotiation(False, yields=True, begun=1),
        ),
        # Asked to begin anew, the side that offers does so once it has offered.
        (Negotiation(True), restart(0), OPEN, IGNORED, Negotiation(True)),
        (
            Negotiation(True, offered=True),
            restart(3),
            OPEN,
            Decision(renew=ASKED),
            Negotiation(True, offered=True, attempt=3),
        ),
        (
            Negotiation(True, attempt=3, offered=True),
            restart(2),
            OPEN,
            IGNORED,
            Negotiation(True, attempt=3, offered=True),
        ),
        # Where both wait for the other's offer, the one that does not yield begins.
        (
            Negotiation(False),
            restart(4),
            WAITING,
            Decision(renew=NEITHER),
            Negotiation(True, attempt=4, least=4),
        ),
        (
            Negotiation(False),
            restart(4),
            RESTING,
            Decision(renew=NEITHER),
            Negotiation(True, attempt=5, least=5),
        ),
        (
            Negotiation(False, yields=True),
            restart(4),
            WAITING,
            IGNORED,
            Negotiation(False, yields=True),
        ),
        (Negotiation(False), restart(4), OPEN, IGNORED, Negotiation(False)),
    ],
)
def test_a_signal_is_decided_by_who_offers_and_by_the_phase(
    state: Negotiation,
    signal: protocol.Signal,
    phase: Phase,
    decision: Decision,
    after: Negotiation,
) -> None:
    assert state.take(signal, phase) == decision
    assert state == after


def test_signals_of_an_attempt_that_was_given_up_are_too_late() -> None:
    state = Negotiation(False, attempt=1, least=1)
    state.give_up()
    assert state.take(answer(1), OPEN) == IGNORED
    assert state.take(offer(2), WAITING) == begun()


def test_the_side_that_offers_counts_its_attempts() -> None:
    state = Negotiation(True)
    state.go_on()
    assert state.take(answer(0), OPEN) == IGNORED
    assert state.take(answer(1), OPEN) == ACCEPTED
