"""How much of a turn was really sent: the project's definition of heard."""

import attrs

WIRE_RATE = 48_000
"""Samples a second on the wire, in which played samples are counted."""


@attrs.frozen
class Played:
    """Speech of a turn as it was sent.

    Attributes:
        turn: whose speech it was.
        samples: samples of that turn sent so far.
        playing: whether more was sent just now; False when its queue ran dry, was held or
            flushed.
        at: when it was so, in seconds of Trio's clock.
        final: nothing more of this turn will be sent: it ended or was interrupted.
        sample_rate: samples a second.
    """

    turn: int
    samples: int
    playing: bool
    at: float
    final: bool = False
    sample_rate: int = WIRE_RATE

    @property
    def seconds(self) -> float:
        """The same in seconds of speech."""
        return self.samples / self.sample_rate
