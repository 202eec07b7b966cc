"""The ticks of all calls on the Trio thread, which follows the ticker's schedule by itself.

Nobody is woken by the other thread: what two threads need to hand over a moment costs more than
two timers.
"""

import time
from collections.abc import Callable

import trio

from actors.call.port import LEAD, TICK
from actors.call.webrtc.alarm import Alarm

EARLY = 0.001
"""Seconds by which a timer may go off before the moment that was meant."""

OVERDUE = TICK / 4
"""How long to wait for a ticker that is late, before looking again."""


class Schedule:
    """When every tick is signalled, as the ticker wrote it and any thread may read it.

    Attributes:
        sent: how many ticks have been sent.
        origin: the number of a tick and the second of its signal: all others are `TICK` apart.
            It changes when the ticker moves, and when it was stalled.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.origin = (1, float("inf"))

    def begin(self, due: float) -> None:
        """Say that the next tick is to be sent at this second, and the others from there on."""
        self.origin = (self.sent + 1, due - LEAD)

    def at(self, number: int) -> float:
        """The second at which this tick is signalled."""
        first, second = self.origin
        return second + (number - first) * TICK

    def signalled(self, now: float) -> int:
        """How many ticks have been signalled by this second."""
        sent = self.sent
        return sent + 1 if now >= self.at(sent + 1) - EARLY else sent


class Ticks:
    """Waits for ticks, for all lines of an engine; on the Trio thread.

    Of the tasks that wait one watches the clock, and wakes the others.

    Args:
        alarm: what wakes Trio; its own deadlines do, where there is none.
        begins: called once at each tick, before anybody goes on.
    """

    def __init__(
        self, schedule: Schedule, alarm: Alarm | None, begins: Callable[[], None] = lambda: None
    ) -> None:
        self._schedule = schedule
        self._alarm = alarm
        self._armed: tuple[int, float] | None = None
        self._begins = begins
        self._begun = 0
        self._is_watched = False
        self._others = trio.lowlevel.ParkingLot()

    @property
    def count(self) -> int:
        """How many there were."""
        return self._schedule.signalled(trio.current_time())

    async def after(self, seen: int) -> int:
        """Wait until there are more than `seen`; how many there are."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while (count := self.count) <= seen:
            if self._is_watched:
                await self._others.park()
                continue
            self._is_watched = True
            try:
                await self._wait(seen)
            finally:
                # Also when the watcher is cancelled: another one takes its place.
                self._is_watched = False
                if self._others:
                    self._others.unpark_all()
        if count != self._begun:
            self._begun = count
            self._begins()
        return count

    async def _wait(self, seen: int) -> None:
        """Wait for the signal after those that were seen; at times it returns before."""
        now, alarm = trio.current_time(), self._alarm
        at = self._schedule.at(seen + 1)
        if now >= at - EARLY:
            await trio.sleep(OVERDUE)  # the ticker itself is late
        elif alarm is None:
            await trio.sleep_until(at)
        else:
            if self._armed != self._schedule.origin:
                self._armed = self._schedule.origin
                alarm.start(at - now + time.monotonic(), TICK)
            await trio.lowlevel.wait_readable(alarm)
            alarm.heard()

    def close(self) -> None:
        """Free the alarm."""
        if self._alarm is not None:
            trio.lowlevel.notify_closing(self._alarm)
            self._alarm.close()
