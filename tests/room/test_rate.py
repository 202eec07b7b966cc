"""How much one may send."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.room.outbox import Bucket


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket(rate=10, burst=3, now=0)
    assert [bucket.take(1, 0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1, 0.1), bucket.take(1, 0.1)] == [True, False]
    assert [bucket.take(3, 100), bucket.take(1, 100)] == [True, False]


def test_what_does_not_fit_takes_nothing() -> None:
    bucket = Bucket(rate=1, burst=10, now=0)
    assert not bucket.take(11, 0)
    assert bucket.take(10, 0)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), max_size=50))
def test_never_more_than_burst_and_rate_together(takes: list[tuple[float, float]]) -> None:
    bucket, now, taken = Bucket(rate=7, burst=13, now=0), 0.0, 0.0
    for pause, units in takes:
        now += pause
        taken += units if bucket.take(units, now) else 0
        assert taken <= 13 + 7 * now + 1e-6
