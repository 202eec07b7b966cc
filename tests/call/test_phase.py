"""Where ticks stand: just after the packets of the others, and how they move there."""

import itertools

import pytest
import trio
from hand_loop import HandLoop
from hypothesis import given
from hypothesis import strategies as st
from test_port_contract import connected_pair

from actors.call.port import LEAD, TICK
from actors.call.webrtc import open_media_engine
from actors.call.webrtc.alignment import (
    DRIFT,
    FIRST,
    MARGIN,
    STEADY,
    WORTH,
    Arrival,
    TickAlignment,
    best,
    margin,
    waiting,
)
from actors.call.webrtc.ticker import STEP, Schedule, Ticker

places = st.floats(0, TICK, exclude_max=True)
sources = st.lists(
    st.builds(Arrival, st.integers(0, 9), places, st.floats(0, STEADY)), min_size=1, max_size=8
)


def test_ticks_move_to_a_margin_after_the_packets_of_one_source():
    for at, tick in itertools.product((0.0, 0.003, 0.0199), (100.0, 100.0071, 100.0133)):
        arrival = Arrival(1, 7.0 + at, 0.0005)
        shift = best([arrival], tick)
        assert abs(shift) <= TICK / 2
        best_wait = MARGIN + 0.001
        if shift:
            assert waiting([arrival], tick + shift) == pytest.approx(best_wait, abs=1e-6)
        else:
            assert best_wait / 2 <= waiting([arrival], tick) < best_wait + WORTH


def test_what_comes_at_the_very_tick_counts_as_late():
    arrival = Arrival(1, 0.0, 0.0)
    assert waiting([arrival], MARGIN / 2 - 1e-6) > TICK
    assert waiting([arrival], MARGIN / 2 + 1e-6) < MARGIN
    assert best([arrival], 0.001) == pytest.approx(MARGIN - 0.001)


def test_a_little_is_not_worth_a_move():
    arrival = Arrival(1, 0.0, 0.0)
    assert best([arrival], MARGIN + WORTH - 1e-6) == 0.0
    assert best([arrival], MARGIN + WORTH + 1e-6) == pytest.approx(-WORTH, abs=1e-5)


def test_a_source_that_jitters_has_no_place_and_decides_nothing():
    assert best([Arrival(1, 0.0, STEADY + 0.001)], 0.0) == 0.0
    steady = Arrival(2, 0.010, 0.0)
    alone = best([steady], 0.0)
    assert alone != 0.0
    assert best([Arrival(1, 0.0, STEADY + 0.001), steady], 0.0) == alone
    assert best([], 0.0) == 0.0


@given(sources, places)
def test_after_a_move_nobody_waits_longer_on_average_and_no_other_is_worth_it(arrivals, tick):
    shift = best(arrivals, tick)
    before, after = waiting(arrivals, tick), waiting(arrivals, tick + shift)
    if shift:
        assert after <= before - WORTH + 1e-9
    others = [waiting(arrivals, each.at + margin(each)) for each in arrivals]
    assert after <= min(others) + WORTH + 1e-6


def test_moves_are_bounded_where_the_packets_move_along():
    phase, tick, moved = TickAlignment(0.0), 0.0, 0.0
    for second in range(1, 1001):
        # Whatever the ticks do, the packets come 3 ms after them.
        shift = phase.move([Arrival(1, tick + 0.003, 0.0)], tick, float(second))
        tick, moved = tick + shift, moved + abs(shift)
    assert FIRST <= moved <= FIRST + 1000 * DRIFT + 1e-9


def test_a_new_source_may_move_them_and_a_known_one_follows_a_clock_that_drifts():
    phase, tick = TickAlignment(0.0), 0.0
    for second in range(1, 300):
        arrival = Arrival(1, 0.011 + 50e-6 * second, 0.0)
        tick += phase.move([arrival], tick, float(second))
        assert MARGIN / 2 <= waiting([arrival], tick) <= MARGIN + WORTH
    other = Arrival(2, tick + 0.010, 0.0)
    tick += phase.move([other], tick, 300.0)
    assert waiting([other], tick) == pytest.approx(MARGIN, abs=1e-6)


@pytest.mark.parametrize("shift", [0.00105, -0.00105])
def test_the_ticker_moves_little_by_little(shift):
    loop, schedule, at = HandLoop(), Schedule(), []
    ticker = Ticker(
        loop,
        loop.time,
        schedule=schedule,
        send=at.append,
    )
    loop.turn()
    ticker.move(shift)
    while ticker.is_moving:
        loop.turn()
    for _ in range(2):
        loop.turn()
    intervals = [b - a for a, b in itertools.pairwise(at)]
    step = STEP if shift > 0 else -STEP
    # The tick after the next is the first that can move: the next is set already.
    expected = [TICK, *[TICK + step] * 5, TICK + shift - 5 * step, TICK]
    assert intervals == pytest.approx(expected)
    assert schedule.at(schedule.sent) == pytest.approx(at[-1] - LEAD)
    assert ticker.slips == 0


def test_an_engine_follows_the_packets_of_another():
    async def main():
        async with open_media_engine() as here, open_media_engine() as there:
            there._phase = None
            async with connected_pair(here, there=there) as pair:
                with trio.fail_after(60):
                    while not is_in_place(here):
                        await pair.left_line.tick()

    def is_in_place(engine):
        since = trio.current_time() - 2 * TICK
        arrivals = [each for line in engine._lines for each in line.arrivals(since)]
        if not arrivals or engine._ticker.is_moving:
            return False
        wait = waiting(arrivals, engine._schedule.at(0))
        return margin(arrivals[0]) / 2 <= wait <= margin(arrivals[0]) + WORTH

    trio.run(main)
