"""What the ports of one actor share."""

from __future__ import annotations

from collections.abc import Callable

from trio.lowlevel import current_clock

from runtime.marks import Mark

FAIR_SHARE = 64
"""Items after which a task that never had to wait lets the others run."""
FAIR_TIME = 0.001
"""Seconds after which it does so, however few items that were."""
REMEMBERED_MARKS = 32
"""Marks that an actor passed on lately: each goes round a cycle once."""


class Hand:
    """The actor's hand: what it received last, how long it has not waited, where marks go."""

    __slots__ = ("_clock", "_passed", "_since", "item", "pass_to", "sends", "spent", "turn")

    def __init__(self) -> None:
        self.turn: int | None = None
        """The turn of the item that was received last: given to what is sent without one."""
        self.item: object = None
        """That item, for the crash report."""
        self.pass_to: list[Callable[[Mark], None]] = []
        """The outlets that marks go to which nobody asks for."""
        self.spent = 0
        """Items since the actor last waited."""
        self.sends = 0
        """Items sent since it last received."""
        self._since = 0.0
        self._clock = current_clock().current_time
        self._passed: tuple[Mark, ...] = ()

    def pass_on(self, mark: Mark) -> None:
        """Put a mark that nobody asked for into every outlet, once."""
        if any(mark is earlier for earlier in self._passed):
            return
        self._passed = (*self._passed[1 - REMEMBERED_MARKS :], mark)
        for pass_to in self.pass_to:
            pass_to(mark)

    def spend(self) -> bool:
        """Count an item that needed no waiting; True when it is time to let the others run."""
        spent = self.spent = self.spent + 1
        if spent == 1:
            self._since = self._clock()
            return False
        if spent < FAIR_SHARE and self._clock() - self._since < FAIR_TIME:
            return False
        self.spent = 0
        return True
