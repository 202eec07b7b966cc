"""How unevenly something happens that should be even."""


class Jitter:
    """The mean deviation from a schedule, smoothed by 1/16 as in RFC 3550, A.8; seconds."""

    def __init__(self) -> None:
        self.value = 0.0

    def note(self, deviation: float) -> None:
        """Take how much too early or late it was this time, in seconds."""
        self.value += (abs(deviation) - self.value) / 16
