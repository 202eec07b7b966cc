"""How many bits a second one receiver can take: by the loss that it reports and its estimates."""

DECREASE_ABOVE, INCREASE_BELOW = 0.10, 0.02
"""Shares of lost packets: draft-ietf-rmcat-gcc-02, section 6."""

GROWTH = 1.08
"""Growth a second while little is lost (ibid.)."""

ROOM = 1.2
"""An estimate so many times what was sent says that there is room; at a queue that grows it falls
to 0.85 of what comes."""

LIMITED, FALL = 0.5, 0.9
"""Below this share of the target it is the picture that needs no more, and an estimate that is
still on its way up to what comes is no cap: only one that has fallen is."""

ESTIMATE_HOLDS = 5.0
"""Seconds for which a receiver's estimate (REMB) counts."""


class SendRate:
    """The rate for one receiver of one track, in bit/s.

    Loss-based control of draft-ietf-rmcat-gcc-02, section 6, below what the receiver estimates
    (draft-alvestrand-rmcat-remb). Times are in seconds on any steady clock.
    """

    def __init__(self, highest: int, lowest: int) -> None:
        self._highest = highest
        self._lowest = lowest
        self._by_loss = float(max(lowest, highest // 3))
        self._estimate: tuple[int, float] | None = None
        self._reported: float | None = None

    def report(self, loss: float, now: float) -> None:
        """Take a receiver report: the share (0 to 1) of packets lost since the last."""
        passed = 1.0 if self._reported is None else min(2.0, now - self._reported)
        self._reported = now
        if loss > DECREASE_ABOVE:
            self._by_loss *= 1 - 0.5 * loss
        elif loss < INCREASE_BELOW:
            self._by_loss = self._by_loss * GROWTH**passed + 1000
        self._by_loss = min(float(self._highest), max(float(self._lowest), self._by_loss))

    def estimated(self, bitrate: int, sent: float, now: float) -> None:
        """Take a receiver's own estimate of what its network carries.

        An estimate never goes far beyond what came: of a still picture it is low although the
        network is fine. So it only counts where it is near or below what was `sent` (bit/s).
        """
        near = FALL if sent < LIMITED * self.target(now) else ROOM
        self._estimate = (bitrate, now) if bitrate < near * sent else None

    def target(self, now: float) -> int:
        """What to send at most."""
        target = self._by_loss
        if self._estimate is not None and now - self._estimate[1] <= ESTIMATE_HOLDS:
            target = min(target, float(self._estimate[0]))
        return int(min(self._highest, max(self._lowest, target)))
