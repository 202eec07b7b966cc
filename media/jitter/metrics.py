"""What the listener got: concealment in RFC 7294's terms, and WebRTC's sums."""

from __future__ import annotations

from typing import Final

_SEVERE: Final = 0.05
"""The share of a second's audio that makes it severely concealed (RFC 7294 §4.1's usual 50 ms)."""


class Playout:
    """Sums over everything played, in samples per channel unless said otherwise.

    A second is concealed when any of it stood for loss, as judged when it was played. Whether
    concealment replaced lost audio, or only moved audio that was late, shows when the next packet
    comes: `loss` and `adjustment` are moved then.
    """

    def __init__(self, sample_rate: int) -> None:
        self._second: Final = sample_rate
        self._in_second = self._concealed_in_second = 0
        self._concealing = False
        self.played = 0
        self.loss = 0
        self.adjustment = 0
        self.comfort_noise = 0
        self.recovered = 0
        self.silent = 0
        self.inserted = 0
        self.removed = 0
        self.interruptions = 0
        self.unimpaired_seconds = self.concealed_seconds = self.severely_concealed_seconds = 0

    def conceal(self, samples: int) -> None:
        """Count samples made up in place of missing ones."""
        self.loss += samples
        self._concealed_in_second += samples
        if not self._concealing:
            self._concealing = True
            self.interruptions += 1

    def resume(self, late: int = 0) -> None:
        """Count real audio after concealment, `late` samples of which only filled a delay."""
        self._concealing = False
        if late:
            self.loss -= late
            self.adjustment += late

    def silence(self, samples: int) -> None:
        """Count digital silence before there is anything to play."""
        self.silent += samples
        self.play(samples)

    def play(self, samples: int) -> None:
        """Count samples handed out, of any origin."""
        self.played += samples
        self._in_second += samples
        if self._in_second >= self._second:
            self._in_second -= self._second
            concealed, self._concealed_in_second = self._concealed_in_second, 0
            if not concealed:
                self.unimpaired_seconds += 1
                return
            self.concealed_seconds += 1
            self.severely_concealed_seconds += concealed > _SEVERE * self._second
