"""One participant's media, attempt by attempt, in virtual time."""

import itertools

import pytest
import trio
import trio.testing
from peer_pair import on_pair

from actors.call.peer import (
    ASK_AGAIN_SECONDS,
    CONNECT_SECONDS,
    RETRY,
    SILENT_SECONDS,
)
from actors.errors import MediaError
from actors.protocol import Signal


def offers(side):
    return [
        (at, signal.attempt)
        for at, signal in side.sent
        if signal.description is not None and signal.description["type"] == "offer"
    ]


def restarts(side):
    return [(at, signal.attempt) for at, signal in side.sent if signal.restart]


def test_they_connect_once_by_one_offer():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(60)
        assert newcomer.told == host.told == [(0.2, "connected")]
        assert offers(newcomer) == [(0.0, 0)]
        assert [len(side.sent) for side in pair.sides] == [1, 1]
        assert newcomer.port.statistics().packets_received > 2900
        assert newcomer.peer.statistics() == newcomer.port.statistics()

    on_pair(body, delay=0.1)


@pytest.mark.parametrize("broken", [0, 1], ids=["newcomer's", "host's"])
def test_a_broken_port_is_replaced_within_2_s(broken):
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        pair.sides[broken].port.fail("the network is gone")
        await trio.sleep(2)
        for side in pair.sides:
            assert len(side.times()) == 2
            assert side.times()[1] - 1 < 1
        assert (1, "the network is gone") in pair.sides[broken].told
        assert [attempt for _, attempt in offers(newcomer)] == [0, 1]
        assert [side.ports_opened for side in pair.sides] == [2, 2]
        assert [len(side.line.ports) for side in pair.sides] == [1, 1]

    on_pair(body, delay=0.1)


@pytest.mark.parametrize("broken", [0, 1], ids=["newcomer's", "host's"])
def test_a_crash_of_ours_is_told_and_reconnects(broken):
    async def body(pair, newcomer, host):
        pair.sides[broken].breaks = ZeroDivisionError("ours")
        pair.start()
        await trio.sleep(2)
        (_, error), (_, reason), (at, what) = pair.sides[broken].told
        assert isinstance(error.exceptions[0], ZeroDivisionError)
        assert reason == "the connection crashed: ZeroDivisionError"
        assert (what, at < 2) == ("connected", True)

    on_pair(body)


def test_what_the_other_side_sends_cannot_end_the_peer():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        for _ in range(200):
            host.peer.take(Signal(attempt=0, description={"type": "offer", "sdp": "nonsense"}))
        await trio.sleep(2)
        assert (1, "what the other side offered cannot be used: no such port") in host.told
        assert host.peer.is_connected
        assert newcomer.peer.is_connected

    on_pair(body)


def test_both_notice_at_once_and_still_make_one_new_connection():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        for side in pair.sides:
            side.port.fail()
        await trio.sleep(5)
        assert [attempt for _, attempt in offers(newcomer)] == [0, 1]
        assert restarts(host) == [(1, 0)]
        assert [len(side.times()) for side in pair.sides] == [2, 2]

    on_pair(body, delay=0.05)


def test_silence_of_5_s_is_the_end_of_a_connection():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        host.port._other = None  # a network that carries nothing more and says nothing of it
        await trio.sleep(SILENT_SECONDS + 2)
        (reason,) = {told for _, told in newcomer.told} - {"connected"}
        assert reason == "nothing was heard for 5 s"
        assert len(newcomer.times()) == 2
        assert 6 <= newcomer.times()[1] <= 7

    on_pair(body)


def test_a_connection_that_does_not_come_about_says_why():
    sdp = "v=0\r\na=candidate:1 1 udp 2130706431 192.0.2.5 5000 typ host\r\n"

    async def body(pair, newcomer, host):
        pair.nursery.start_soon(newcomer.run)  # and nobody answers
        await trio.sleep(0.01)
        newcomer.peer.take(Signal(attempt=0, candidate={"candidate": sdp.splitlines()[1][2:]}))
        await trio.sleep(CONNECT_SECONDS)
        ((at, reason),) = newcomer.told
        assert at == CONNECT_SECONDS
        assert reason.startswith("no connection came about within 15 s. This side offered no ")
        assert "the other side offered 192.0.2.5 (UDP, its own)." in reason
        pair.nursery.start_soon(host.run)
        await trio.sleep(ASK_AGAIN_SECONDS + 1)
        assert newcomer.peer.is_connected

    on_pair(body)


def test_an_offer_that_was_lost_is_asked_for_again():
    async def body(pair, newcomer, host):
        pair.loses = lambda side, signal: trio.current_time() < 1
        pair.start()
        await trio.sleep(ASK_AGAIN_SECONDS + 1)
        assert restarts(host) == [(ASK_AGAIN_SECONDS, 0)]
        assert [attempt for _, attempt in offers(newcomer)] == [0, 1]
        assert host.peer.is_connected

    on_pair(body, delay=0.01)


def test_an_offer_under_way_is_not_begun_again():
    async def body(pair, newcomer, host):
        starting = trio.Event()
        async with newcomer.line.open_port() as port:
            kind = type(port)
        start = kind.start

        async def slow(self):
            starting.set()
            await trio.sleep(2)  # as gathering behind a slow STUN server
            await start(self)

        kind.start = slow
        try:
            pair.nursery.start_soon(newcomer.run)
            await starting.wait()
            newcomer.peer.take(Signal(attempt=0, restart=True))
            pair.nursery.start_soon(host.run)
            await trio.sleep(3)
        finally:
            kind.start = start
        assert offers(newcomer) == [(2.0, 0)]
        assert newcomer.peer.is_connected

    on_pair(body)


def test_what_comes_late_of_an_earlier_attempt_is_dropped():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        newcomer.port.fail()
        await trio.sleep(2)
        late = Signal(attempt=0, candidate={"candidate": ""})
        for side in pair.sides:
            side.peer.take(late)
            side.peer.take(Signal(attempt=0, description={"type": "offer", "sdp": "1"}))
            side.peer.take(Signal(attempt=0, restart=True))
        await trio.sleep(5)
        assert [len(side.times()) for side in pair.sides] == [2, 2]
        assert len(offers(newcomer)) == 2

    on_pair(body)


def test_late_candidates_of_an_attempt_given_up_do_not_begin_one():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        pair.loses = lambda side, signal: True
        host.port.fail()
        await trio.sleep(0.01)
        host.peer.take(Signal(attempt=0, candidate={"candidate": ""}))
        await trio.sleep(3)
        assert host.ports_opened == 1
        pair.loses = lambda side, signal: False
        await trio.sleep(8)
        assert host.peer.is_connected

    on_pair(body)


@pytest.mark.parametrize("yields", ["newcomer", "host"])
def test_where_both_wait_for_an_offer_one_begins(yields):
    """A stale offer of a connection that is gone may leave both of them so."""

    async def body(pair, newcomer, host):
        newcomer.peer._offers = False
        newcomer.peer._yields = yields == "newcomer"
        pair.start()
        await trio.sleep(12)
        assert [len(side.times()) for side in pair.sides] == [1, 1]
        assert len(offers(newcomer)) + len(offers(host)) == 1

    on_pair(body, host={"yields": yields == "host"})


def test_only_the_side_that_offered_first_offers():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        host.peer.take(Signal(attempt=0, restart=True))
        newcomer.peer.take(Signal(attempt=7, description={"type": "offer", "sdp": "1"}))
        await trio.sleep(2)
        assert [len(side.times()) for side in pair.sides] == [1, 1]

    on_pair(body)


@pytest.mark.parametrize("delay", [0.0, 0.1, 1.0])
def test_of_two_who_take_themselves_for_newcomers_one_yields(delay):
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(5)
        assert [len(side.times()) for side in pair.sides] == [1, 1]
        newcomer.port.fail()
        await trio.sleep(5)
        host.port.fail()
        await trio.sleep(5)
        assert [len(side.times()) for side in pair.sides] == [3, 3]
        assert len(offers(host)) == 1

    on_pair(body, delay=delay, host={"offers": True, "yields": True})


def test_attempts_come_ever_slower_but_never_slower_than_5_s():
    async def body(pair, newcomer, host):
        newcomer.breaks = MediaError("no port")
        pair.start()

        async def breaking():
            while True:
                newcomer.breaks = MediaError("no port")
                await trio.sleep(0.01)

        pair.nursery.start_soon(breaking)
        await trio.sleep(60)
        ends = [at for at, _ in newcomer.told]
        pauses = [b - a for a, b in itertools.pairwise(ends)]
        assert pauses[:6] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
        assert pauses[6:] == pytest.approx([RETRY.cap] * len(pauses[6:]))
        assert len(pauses) > 12

    on_pair(body)


def test_a_new_offer_is_answered_at_once_however_long_the_last_pause_was():
    async def body(pair, newcomer, host):
        pair.loses = lambda side, signal: side is newcomer
        pair.start()
        await trio.sleep(58)  # the host has asked in vain, ever slower
        pair.loses = lambda side, signal: False
        newcomer.peer.take(Signal(attempt=99, restart=True))
        await trio.sleep(1)
        assert host.peer.is_connected

    on_pair(body)


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15, 0.5, 5.0])
def test_cancelling_at_any_moment_closes_the_port(moment):
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(moment)
        for side in pair.sides:
            side.scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert [side.line.ports for side in pair.sides] == [[], []]
        assert not newcomer.peer.is_connected

    on_pair(body, delay=0.1)


def test_the_other_sides_hanging_up_is_told():
    async def body(pair, newcomer, host):
        pair.start()
        await trio.sleep(1)
        host.scope.cancel()
        await trio.sleep(1)
        assert newcomer.told[1] == (1, "the other side closed the connection")

    on_pair(body)
