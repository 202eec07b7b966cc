"""An agent's first sentence waits until somebody can hear it."""

from actors.call.meeting import PATIENCE, Gate
from actors.call.playout import Outgoing, Playout

SPEECH = Outgoing(b"speech", 960, 1)


def closed():
    playout = Playout()
    gate = Gate(playout)
    playout.put(SPEECH)
    assert playout.take(0.0, heard=True) is None
    return gate, playout


def heard(playout):
    return playout.take(1.0, heard=True) == b"speech"


def test_it_opens_when_somebody_says_that_they_hear():
    gate, playout = closed()
    gate.playing()
    assert heard(playout)


def test_it_opens_3_s_after_media_connected_and_no_sooner():
    gate, playout = closed()
    gate.tick(100.0)
    gate.connected(100.0)
    gate.connected(102.0)  # the first counts
    gate.tick(100.0 + PATIENCE - 0.02)
    assert not heard(playout)
    gate.tick(100.0 + PATIENCE)
    assert heard(playout)


def test_alone_it_stays_closed():
    gate, playout = closed()
    gate.tick(1e9)
    assert not heard(playout)


def test_when_everybody_has_gone_it_closes_and_waits_anew():
    gate, playout = closed()
    gate.playing()
    gate.deserted()
    assert not heard(playout)
    gate.connected(200.0)
    gate.tick(200.0 + PATIENCE)
    assert heard(playout)
