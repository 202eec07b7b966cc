"""Strategies for Hypothesis: what may go wrong in a call.

    @given(deeds=chaos.deeds(["voice/speaking", "mind/thinking"], until=10))
    def test_the_call_survives(deeds):
        lab = CallLab(agent)
        lab.suffer(*deeds)
        ...

Needs Hypothesis, which comes with the extra `test`. Moments are whole milliseconds, so that a
failing example is short.
"""

from collections.abc import Sequence

import attrs
from hypothesis import strategies as st

from callboard.testing.network import Network


@attrs.frozen
class Kill:
    """An actor, or all actors of a group, crash at second `at`."""

    path: str
    """The path of the actor or group."""
    at: float
    """Seconds of the call."""


@attrs.frozen
class Interrupt:
    """All turns that were given out by second `at` end then."""

    at: float
    """Seconds of the call."""


Deed = Kill | Interrupt


def moments(until: float) -> st.SearchStrategy[float]:
    """Seconds from 0 to `until`."""
    return st.integers(0, round(until * 1000)).map(lambda milliseconds: milliseconds / 1000)


def kills(paths: Sequence[str], *, until: float, most: int = 5) -> st.SearchStrategy[list[Kill]]:
    """Up to `most` crashes of these actors or groups."""
    kill = st.builds(Kill, st.sampled_from(list(paths)), moments(until))
    return st.lists(kill, max_size=most)


def deeds(paths: Sequence[str], *, until: float, most: int = 5) -> st.SearchStrategy[list[Deed]]:
    """Up to `most` crashes and interruptions."""
    kill = st.builds(Kill, st.sampled_from(list(paths)), moments(until))
    interrupt = st.builds(Interrupt, moments(until))
    return st.lists(kill | interrupt, max_size=most)


def networks(*, worst_loss: float = 0.3, worst_delay: float = 0.3) -> st.SearchStrategy[Network]:
    """Networks from perfect to hardly bearable; for `Person.network`, or `lab.wire`."""
    return st.builds(
        Network,
        loss=st.floats(0, worst_loss),
        burst=st.floats(1, 5),
        delay=st.floats(0, worst_delay),
        jitter=st.floats(0, worst_delay / 2),
    )
