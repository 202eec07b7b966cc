"""The 20 ms clock of all calls: on the engine's thread, and on Trio's, which follows it.

Every tick has two moments: the signal, at which calls read the network, pull their jitter buffers
and run their stages, and 8 ms later the sending of what they have made by then. The ticker sends;
the signals are a schedule, which the Trio thread follows by itself (`Ticks`).
"""

import asyncio
import time
from collections.abc import Callable

import trio

from actors.call.port import LEAD, TICK
from actors.call.webrtc.loop_thread import TimerFd

# Trio is not woken by the other thread: handing over a moment costs more than two timers.

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
        self, schedule: Schedule, alarm: TimerFd | None, begins: Callable[[], None] = lambda: None
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
        if self._alarm is not None:
            trio.lowlevel.notify_closing(self._alarm)
            self._alarm.close()


STEP = 0.0002
"""Seconds by which a tick at most is longer or shorter while the clock moves: 1 %, which no jitter
buffer takes for more than a clock that drifts."""


class Ticker:
    """Sends every 20 ms. It lives on the engine's loop.

    Args:
        schedule: where it writes when the ticks are.
        send: called at each tick with the second, on the clock.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        *,
        schedule: Schedule,
        send: Callable[[float], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._schedule = schedule
        self._send = send
        self.slips = 0
        """Times when a tick came more than 20 ms late, and those after it were left out."""
        self._shift = 0.0
        self._has_left_out = False
        self._due = clock() + LEAD
        schedule.begin(self._due)
        self._timer = self._wait()

    @property
    def is_moving(self) -> bool:
        """Whether a move is not complete yet."""
        return self._shift != 0.0

    def move(self, shift: float) -> None:
        """Have all ticks from now on so many seconds later, or earlier, little by little."""
        self._shift = shift

    def close(self) -> None:
        self._timer.cancel()

    def _wait(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._due - self._clock(), self._tick)

    def _tick(self) -> None:
        at = self._clock()
        left_out = int((at - self._due) / TICK)
        # `max(due, now) + TICK` would add up every wake-up's lateness.
        self._due += (1 + left_out) * TICK
        self.slips += left_out > 0
        # A stall's own tick is left out too: the calls were held up as well and have nothing to
        # send yet, and what they make of it now would wait from then on. Never two in a row: a
        # machine that is always late still speaks.
        self._has_left_out = left_out > 0 and not self._has_left_out
        if self._has_left_out:
            self._schedule.begin(self._due)
            self._timer = self._wait()
            return
        self._schedule.sent += 1
        if left_out:
            self._schedule.begin(self._due)
        if self._shift:
            step = max(-STEP, min(STEP, self._shift))
            self._shift -= step
            self._due += step
            self._schedule.begin(self._due)
        self._timer = self._wait()  # before the rest: whatever follows, the clock goes on
        self._send(at)
