"""An agent's first sentence waits until somebody can hear it."""

from actors.call.playout import Playout

PATIENCE = 3.0
"""Seconds after media connected when speech goes out, even if nobody said that they hear."""


class Gate:
    """Keeps speech in the play-out until a participant says `playing`, at most 3 s.

    A browser that has just connected buffers, fades in, or waits for a click before it plays: a
    greeting sent at once loses its first words. When everybody has gone the gate closes again.
    """

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self._connected: float | None = None
        self._open = False
        playout.close_gate()

    def connected(self, now: float) -> None:
        """Somebody's media connected."""
        if self._connected is None:
            self._connected = now

    def playing(self) -> None:
        """Somebody said that they hear."""
        if not self._open:
            self._open = True
            self._playout.open_gate()

    def deserted(self) -> None:
        """Nobody is connected any more."""
        self._connected = None
        if self._open:
            self._open = False
            self._playout.close_gate()

    def tick(self, now: float) -> None:
        """Open when patience ends."""
        if self._connected is not None and now - self._connected >= PATIENCE:
            self.playing()
