"""An event loop whose time a test turns."""


class HandLoop:
    """As much of an event loop as a ticker asks for, whose time a test turns by hand."""

    def __init__(self):
        self.now = 50.0
        self._timers = []

    def time(self):
        return self.now

    def call_later(self, delay, callback):
        self._timers.append((self.now + delay, callback))

    def turn(self, late=0.0):
        """Run the next timer, so many seconds after it was due."""
        (due, callback), self._timers = self._timers[0], self._timers[1:]
        self.now = due + late
        callback()
