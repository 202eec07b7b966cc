"""The ticks of a call on the Trio thread: as many as the ticker sent, whoever waits or is late."""

import sys
import time

import pytest
import trio
import trio.testing
from hand_loop import HandLoop
from test_port_contract import connected_pair

from actors.call.port import LEAD, TICK
from actors.call.webrtc import open_media_engine
from actors.call.webrtc.loop_thread import open_alarm
from actors.call.webrtc.ticker import OVERDUE, Schedule, Ticker, Ticks
from callboard.testing.virtual_engine import run_on_network

ALARMS = [pytest.param(lambda: None, id="deadlines")]
if sys.platform.startswith("linux"):
    ALARMS.append(pytest.param(open_alarm, id="alarm"))


def in_virtual_time(main):
    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def begun(at=0.0):
    """A schedule whose first signal is at this second."""
    schedule = Schedule()
    schedule.begin(at + LEAD)
    return schedule


async def send_on(schedule):
    """A ticker that is never late."""
    while True:
        await trio.sleep_until(schedule.at(schedule.sent + 1) + LEAD)
        schedule.sent += 1


def test_every_tick_is_seen_once_at_its_second_and_begins_once():
    async def main():
        schedule, begins, seen = begun(1.0), [], []
        ticks = Ticks(schedule, None, lambda: begins.append(trio.current_time()))

        async def follow(name):
            count = 0
            while count < 3:
                count = await ticks.after(count)
                seen.append((count, name, round(trio.current_time(), 6)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_on, schedule)
            async with trio.open_nursery() as lines:
                for name in ("a", "b"):
                    lines.start_soon(follow, name)
            nursery.cancel_scope.cancel()
        assert sorted(seen) == [
            (count, name, round(0.98 + TICK * count, 6)) for count in (1, 2, 3) for name in "ab"
        ]
        assert begins == pytest.approx([1.0, 1.02, 1.04])

    in_virtual_time(main)


def test_ticks_that_passed_meanwhile_are_counted():
    async def main():
        schedule = begun()
        ticks = Ticks(schedule, None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_on, schedule)
            await trio.sleep(0.105)
            assert await ticks.after(0) == 6
            assert trio.current_time() == 0.105
            assert await ticks.after(6) == 7
            assert trio.current_time() == pytest.approx(0.12)
            nursery.cancel_scope.cancel()

    in_virtual_time(main)


def test_a_ticker_that_is_late_is_waited_for_and_its_new_schedule_is_kept():
    async def main():
        schedule = begun()
        ticks = Ticks(schedule, None)
        assert await ticks.after(0) == 1

        async def send_late():
            await trio.sleep_until(1.0)
            schedule.sent += 1
            schedule.begin(1.0 + TICK)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_late)
            assert await ticks.after(1) == 2
        assert trio.current_time() == pytest.approx(1.0 + TICK - LEAD, abs=OVERDUE)

    in_virtual_time(main)


def test_when_the_watcher_is_cancelled_another_watches():
    async def main():
        heard = []
        ticks = Ticks(begun(1.0), None)

        async def follow(*, task_status):
            with trio.CancelScope() as scope:
                task_status.started(scope)
                heard.append(await ticks.after(0))

        async with trio.open_nursery() as nursery:
            scopes = [await nursery.start(follow) for _ in range(3)]
            await trio.testing.wait_all_tasks_blocked()
            scopes[0].cancel()
        assert heard == [1, 1]

    in_virtual_time(main)


@pytest.mark.parametrize("make_alarm", ALARMS)
def test_an_alarm_and_deadlines_keep_the_same_schedule(make_alarm):
    async def main():
        schedule, late = begun(trio.current_time() + 0.1), []
        alarm = make_alarm()
        ticks = Ticks(schedule, alarm)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_on, schedule)
            count = 0
            while count < 10:
                count = await ticks.after(count)
                late.append(trio.current_time() - schedule.at(count))
            nursery.cancel_scope.cancel()
        assert min(late) > -0.001
        assert min(late) < 0.01
        ticks.close()
        ticks.close()

    trio.run(main)


class Line:
    """Notes when it was asked to send, and as which tick."""

    def __init__(self, loop, schedule):
        self.sent = []
        self._loop, self._schedule = loop, schedule

    def send(self, at):
        assert at == self._loop.now
        self.sent.append((self._schedule.sent, at))


@pytest.fixture
def ticking():
    """A loop that is turned by hand, a schedule, a line and its ticker."""
    loop, schedule = HandLoop(), Schedule()
    line = Line(loop, schedule)
    ticker = Ticker(
        loop,
        loop.time,
        schedule=schedule,
        send=line.send,
    )
    return loop, schedule, line, ticker


def test_a_ticker_sends_on_its_schedule_and_lateness_does_not_add_up(ticking):
    loop, schedule, line, ticker = ticking
    first = schedule.at(1) + LEAD
    for late in (0.0, 0.004, 0.019, 0.0, 0.001):
        loop.turn(late)
    assert line.sent == [
        (number, pytest.approx(first + (number - 1) * TICK + late))
        for number, late in enumerate((0.0, 0.004, 0.019, 0.0, 0.001), 1)
    ]
    assert schedule.at(9) == pytest.approx(first - LEAD + 8 * TICK)
    assert (schedule.sent, ticker.slips) == (5, 0)


def test_after_a_stall_ticks_are_left_out_whole_and_stand_where_they_stood(ticking):
    loop, schedule, line, ticker = ticking
    first = schedule.at(1) + LEAD
    loop.turn()
    loop.turn(1.0071)
    assert [number for number, _ in line.sent] == [1]
    for _ in range(2):
        loop.turn()
    # The second tick was due after 20 ms: of those up to 1027.1 ms none is sent.
    assert line.sent[1:] == [(2, pytest.approx(first + 1.04)), (3, pytest.approx(first + 1.06))]
    assert schedule.at(4) == pytest.approx(first + 1.08 - LEAD)
    assert (schedule.sent, ticker.slips) == (3, 1)


def test_a_machine_that_is_always_late_sends_every_other_time(ticking):
    loop, schedule, line, ticker = ticking
    first = schedule.at(1) + LEAD
    for _ in range(6):
        loop.turn(0.030)
    # Due at 0, 40, 80 ... ms: what came 30 ms late leaves the next tick out.
    assert line.sent == [
        (number, pytest.approx(first + 0.070 + 0.080 * (number - 1))) for number in (1, 2, 3)
    ]
    assert (schedule.sent, ticker.slips) == (3, 6)


def test_one_lines_error_is_told_to_its_ports_and_the_others_send():
    def fail(at):
        raise KeyError(at)

    async def main(engine):
        async with engine.open_line() as broken, engine.open_line() as line:
            told, sent = [], []
            broken._line.send, broken._line.broke = fail, told.append
            line._line.send = sent.append
            for _ in range(3):
                await line.tick()
            assert {type(error) for error in told} == {KeyError}
            assert len(sent) == len(told) >= 2

    run_on_network(main)


@pytest.mark.real
def test_while_trio_is_held_up_the_loop_reads_in_its_place():
    async def main():
        async with (
            open_media_engine() as here,
            open_media_engine() as there,
            connected_pair(here, there=there) as pair,
        ):
            for _ in range(10):
                await pair.left_line.tick()
            pair.left.received()
            time.sleep(0.5)  # noqa: ASYNC251  (it holds Trio up)
            assert len(pair.left.received()) >= 10

    trio.run(main)


def test_an_alarm_tells_how_often_it_went_off_and_is_closed_twice_without_harm():
    alarm = open_alarm()
    if alarm is None:
        pytest.skip("this system has no timers that are files")
    alarm.start(time.monotonic() - 0.0451, 0.01)
    assert alarm.heard() >= 5
    assert alarm.heard() <= 1
    alarm.close()
    alarm.close()
    with pytest.raises(OSError, match="descriptor"):
        alarm.start(0.0, 0.01)
