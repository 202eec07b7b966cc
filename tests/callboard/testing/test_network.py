"""The lossy network loses, delays and repeats exactly as it says."""

import pytest

from callboard.testing.network import Network, Route

SENT = [number * 0.02 for number in range(20_000)]


def arrivals(network: Network, seed: str = "1") -> list[float | None]:
    route = Route(network, seed)
    return [route.arrival(sent) for sent in SENT]


def test_a_perfect_network_delivers_everything_at_once() -> None:
    assert Network().perfect
    assert arrivals(Network()) == SENT


def test_the_same_seed_meets_the_same_fate() -> None:
    rough = Network(loss=0.1, burst=3, jitter=0.03, delay=0.05)
    assert arrivals(rough) == arrivals(rough)
    assert arrivals(rough) != arrivals(rough, "2")


@pytest.mark.parametrize(("loss", "burst"), [(0.01, 1), (0.05, 1), (0.05, 4), (0.3, 2), (0.5, 5)])
def test_the_share_and_the_length_of_losses_are_as_stated(loss: float, burst: float) -> None:
    lost = [arrival is None for arrival in arrivals(Network(loss=loss, burst=burst))]
    bursts = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.2)
    if burst > 1:
        assert sum(lost) / bursts == pytest.approx(burst, rel=0.1)


def test_all_lost_is_all_lost() -> None:
    assert set(arrivals(Network(loss=1))) == {None}


def test_delay_and_jitter_bound_the_arrival() -> None:
    late = [
        arrival - sent
        for sent, arrival in zip(SENT, arrivals(Network(delay=0.04, jitter=0.01)), strict=True)
        if arrival is not None
    ]
    assert 0.04 <= min(late) < 0.041
    assert 0.049 < max(late) <= 0.05 + 1e-9


def test_nothing_arrives_from_an_outage() -> None:
    fate = arrivals(Network(outages=((1.0, 2.0),)))
    missing = [sent for sent, arrival in zip(SENT, fate, strict=True) if arrival is None]
    assert (missing[0], missing[-1]) == (pytest.approx(1.0), pytest.approx(1.98))
    assert len(missing) == 50


def test_an_outage_that_ends_before_it_starts_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="start < end"):
        Network(outages=((2.0, 1.0),))
