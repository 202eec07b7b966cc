"""When what was written will have been played."""


class Playhead:
    """The schedule of a microphone, as an ideal converter would keep it.

    Audio is played from the moment when it is written, or from the end of what was written
    before. The end moves by lengths of audio alone, so no wake-up's lateness ever adds up.
    """

    def __init__(self, sample_rate: int) -> None:
        self.end = float("-inf")
        """When all that was written will have been played (Trio's clock)."""
        self._rate = sample_rate

    def remaining(self, now: float) -> float:
        """Seconds of audio that are still to be played."""
        return max(0.0, self.end - now)

    def extend(self, frames: int, now: float) -> float:
        """Add samples; return for how many seconds nothing had been left to play."""
        dry = max(0.0, now - self.end)
        self.end = max(self.end, now) + frames / self._rate
        return dry

    def shift(self, seconds: float) -> None:
        """Play everything so much later: whoever plays it has fallen behind."""
        self.end += seconds

    def cut(self, frames: int, now: float) -> None:
        """Take samples away that will never be played."""
        self.end = max(now, self.end - frames / self._rate)
