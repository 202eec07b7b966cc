"""A queue that never gets shorter only adds delay: how much of it is that."""

TICK = 0.020
"""Seconds of a packet."""

WINDOW = 25
"""Ticks over which the smallest depth is watched: 500 ms."""


class StandingDepth:
    """Watches the smallest depth of a queue over 500 ms.

    When producer and consumer run at the same rate, what a stall left in a queue stays in it for
    good (measured: 13 ms before a stall of one second, 113 ms ever after). What was never needed
    in half a second is that, but for one packet: it covers the next late one.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._seen = 0
        self._smallest = 0

    def excess(self, depth: int) -> int:
        """Note the depth after a packet was taken; say how many packets may go now."""
        self._smallest = depth if self._seen == 0 else min(self._smallest, depth)
        self._seen += 1
        if self._seen < self._window:
            return 0
        self._seen = 0
        return max(0, self._smallest - 1)
