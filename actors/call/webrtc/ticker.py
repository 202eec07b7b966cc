"""The 20 ms clock of all calls, beside the network.

Every tick has two moments: the signal, at which calls pull their jitter buffers and run their
stages, and 8 ms later the sending of what they have made by then.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import attrs

from actors.call.port import LEAD, TICK


class Sending(Protocol):
    """What is sent at every tick: a line's play-out, to all of its ports."""

    def send(self, at: float) -> None:
        """Send one packet to each port now. `at` is the second, on Trio's clock."""
        ...


@attrs.frozen
class TickerStatistics:
    """How well the clock keeps time.

    Attributes:
        ticks: ticks since the engine began.
        slips: times when the schedule was moved because a tick came more than 20 ms late.
    """

    ticks: int
    slips: int


class Ticker:
    """Signals and sends every 20 ms. It lives on the engine's loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        *,
        signal: Callable[[], None],
        failed: Callable[[Sending, Exception], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._signal = signal
        self._failed = failed
        self._lines: list[Sending] = []
        self._due = loop.time() + LEAD
        self._timer = loop.call_at(self._due - LEAD, self._announce)
        self._ticks = self._slips = 0

    def add(self, line: Sending) -> None:
        """Send for this line from the next tick on."""
        self._lines.append(line)

    def remove(self, line: Sending) -> None:
        """Send for it no more."""
        if line in self._lines:
            self._lines.remove(line)

    def statistics(self) -> TickerStatistics:
        """How well the clock keeps time."""
        return TickerStatistics(self._ticks, self._slips)

    def close(self) -> None:
        """Stop the clock."""
        self._timer.cancel()

    def _announce(self) -> None:
        # The next timer first: whatever follows, the clock goes on.
        self._timer = self._loop.call_at(self._due, self._send)
        self._signal()

    def _send(self) -> None:
        late = self._loop.time() - self._due
        if late > TICK:
            # `max(due, now) + TICK` at every tick would add up every wake-up's lateness.
            self._due += late
            self._slips += 1
        self._due += TICK
        self._ticks += 1
        self._timer = self._loop.call_at(self._due - LEAD, self._announce)
        at = self._clock()
        for line in tuple(self._lines):
            try:
                line.send(at)
            except Exception as error:  # one call's failure is that call's alone
                self._failed(line, error)
