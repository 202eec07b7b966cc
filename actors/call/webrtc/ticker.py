"""The 20 ms clock of all calls, beside the network.

Every tick has two moments: the signal, at which calls read the network, pull their jitter buffers
and run their stages, and 8 ms later the sending of what they have made by then. The ticker sends;
the signals are a schedule, which the Trio thread follows by itself (`Ticks`).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from actors.call.port import LEAD, TICK
from actors.call.webrtc.phase import Arrival
from actors.call.webrtc.ticks import Schedule

STEP = 0.0002
"""Seconds by which a tick at most is longer or shorter while the clock moves: 1 %, which no jitter
buffer takes for more than a clock that drifts."""


class Sending(Protocol):
    """What is sent at every tick: a line's play-out, to all of its ports."""

    def send(self, at: float) -> None:
        """Send one packet to each port now. `at` is the second, on Trio's clock."""
        ...

    def arrivals(self, since: float) -> Iterable[Arrival]:
        """The last audio packets that came after this second, of each source one."""
        ...


@attrs.frozen
class TickerStatistics:
    """How well the clock keeps time.

    Attributes:
        ticks: ticks since the engine began.
        slips: times when a tick came more than 20 ms late, and those after it were left out.
    """

    ticks: int
    slips: int


class Ticker:
    """Sends every 20 ms. It lives on the engine's loop.

    Args:
        schedule: where it writes when the ticks are.
        sent: called after each tick.
        failed: called with a line whose sending failed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        *,
        schedule: Schedule,
        sent: Callable[[], None],
        failed: Callable[[Sending, Exception], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._schedule = schedule
        self._sent = sent
        self._failed = failed
        self._lines: list[Sending] = []
        self._slips = 0
        self._shift = 0.0
        self._has_left_out = False
        self._due = clock() + LEAD
        schedule.begin(self._due)
        self._timer = self._wait()

    def add(self, line: Sending) -> None:
        """Send for this line from the next tick on."""
        self._lines.append(line)

    def remove(self, line: Sending) -> None:
        """Send for it no more."""
        if line in self._lines:
            self._lines.remove(line)

    def arrivals(self, since: float) -> list[Arrival]:
        """The last audio packets of all lines that came after this second."""
        return [each for line in self._lines for each in line.arrivals(since)]

    @property
    def is_moving(self) -> bool:
        """Whether a move is not complete yet."""
        return self._shift != 0.0

    def move(self, shift: float) -> None:
        """Have all ticks from now on so many seconds later, or earlier, little by little."""
        self._shift = shift

    def statistics(self) -> TickerStatistics:
        """How well the clock keeps time."""
        return TickerStatistics(self._schedule.sent, self._slips)

    def close(self) -> None:
        """Stop the clock."""
        self._timer.cancel()

    def _wait(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._due - self._clock(), self._tick)

    def _tick(self) -> None:
        at = self._clock()
        left_out = int((at - self._due) / TICK)
        # `max(due, now) + TICK` would add up every wake-up's lateness.
        self._due += (1 + left_out) * TICK
        self._slips += left_out > 0
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
        for line in tuple(self._lines):
            try:
                line.send(at)
            except Exception as error:  # one call's failure is that call's alone
                self._failed(line, error)
        self._sent()
