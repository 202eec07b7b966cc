"""The ticks of a call on the Trio thread: as many as the ticker sent, whoever waits or is late."""

import asyncio
import sys
import time

import pytest
import trio
import trio.testing

from actors.call.port import LEAD, TICK
from actors.call.webrtc.alarm import open_alarm
from actors.call.webrtc.ticker import Ticker
from actors.call.webrtc.ticks import OVERDUE, Schedule, Ticks

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


def test_a_ticker_sends_on_its_schedule_and_moves_it_after_a_stall(run_asyncio):
    class Line:
        def __init__(self):
            self.sent = []

        def send(self, at):
            self.sent.append((at, schedule.sent))

    schedule, line, failed = Schedule(), Line(), []

    async def reached(number):
        while schedule.sent < number:  # noqa: ASYNC110  (nothing tells of a tick)
            await asyncio.sleep(0.005)

    async def main():
        ticker = Ticker(
            asyncio.get_running_loop(),
            time.perf_counter,
            schedule=schedule,
            sent=lambda: None,
            failed=lambda line, error: failed.append(error),
        )
        ticker.add(line)
        await reached(3)
        time.sleep(0.1)  # noqa: ASYNC251  (the stall)
        await reached(schedule.sent + 3)
        assert ticker.statistics().ticks == schedule.sent
        assert ticker.statistics().slips >= 1
        ticker.close()

    run_asyncio(main)
    assert [number for _, number in line.sent] == list(range(1, len(line.sent) + 1))
    # A tick is sent when it is due, or once for all that a stall left out: never before.
    at, number = line.sent[-1]
    assert at >= schedule.at(number) + LEAD - 0.001
    assert failed == []


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
