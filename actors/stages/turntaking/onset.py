"""When one speaker starts and stops, from a detector that flickers."""

from __future__ import annotations

from collections import deque

from actors.stages.turntaking.rules import TurnRules


class Onset:
    """Follows one source, frame by frame. Times are seconds on the caller's clock."""

    def __init__(self, rules: TurnRules) -> None:
        self._rules = rules
        self._recent: deque[tuple[float, float]] = deque()
        self.last_frame = float("-inf")
        self.last_speech = float("-inf")
        self.spoken = 0.0
        """Seconds of speech since the onset."""
        self.talking = False
        """True from an onset until `rest`."""

    def frame(self, now: float, *, speech: bool, duration: float) -> None:
        """Take one frame that ends at `now`."""
        self.last_frame = now
        if speech:
            self.last_speech = now
            if self.talking:
                self.spoken += duration
            else:
                self._recent.append((now, duration))
        if not self.talking:
            while self._recent and self._recent[0][0] <= now - self._rules.onset_within:
                self._recent.popleft()
            spoken = sum(each for _, each in self._recent)
            # A millisecond less: frames of 16 and 20 ms do not add up to the rule exactly.
            if spoken >= self._rules.onset - 0.001:
                self.talking = True
                self.spoken = spoken

    def resume(self, now: float) -> None:
        """Take it that this source is in the middle of speech."""
        self.talking, self.last_speech, self.last_frame = True, now, now

    def quiet_for(self, now: float) -> float:
        """Seconds since the last speech."""
        return now - self.last_speech

    def rest(self) -> None:
        """Forget this stretch of speech; the next needs an onset of its own."""
        self.talking = False
        self.spoken = 0.0
        self._recent.clear()
