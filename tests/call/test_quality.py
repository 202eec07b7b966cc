"""The word for how media does, and what the encoder hears of loss."""

import pytest

from actors.call.port import PortStatistics
from actors.call.receiving import quality

FINE = PortStatistics(heard=99.9, round_trip=0.05, jitter=0.005)


@pytest.mark.parametrize(
    ("connected", "port", "loss_here", "expected"),
    [
        (True, FINE, 0.0, "good"),
        (True, PortStatistics(), 0.0, "good"),  # nothing was heard yet: nothing is known
        (False, FINE, 0.0, "lost"),
        (True, PortStatistics(heard=97.0), 0.0, "lost"),
        (True, FINE, 0.06, "poor"),
        (True, PortStatistics(heard=99.9, lost_there=0.1), 0.0, "poor"),
        (True, PortStatistics(heard=99.9, round_trip=0.5), 0.0, "poor"),
        (True, PortStatistics(heard=99.9, jitter=0.1), 0.0, "poor"),
    ],
)
def test_the_word_follows_loss_delay_and_silence(connected, port, loss_here, expected):
    assert quality(connected, port, loss_here, 100.0) == expected
