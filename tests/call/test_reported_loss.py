"""What a sender makes of the far side's reports of loss."""

import pytest

from actors.call.webrtc.senders import RtpSender
from actors.call.webrtc.wire import MediaWire


@pytest.fixture
def sender():
    return RtpSender("microphone", None, MediaWire(lambda: 0.0))


def test_the_first_report_counts_at_once(sender):
    sender.reported(0.08, 10.0)
    assert sender.fraction_lost == 0.08


def test_reports_are_averaged_over_four_seconds(sender):
    sender.reported(0.08, 10.0)
    sender.reported(0.0, 11.0)
    assert sender.fraction_lost == pytest.approx(0.06)
    sender.reported(0.0, 12.0)
    assert sender.fraction_lost == pytest.approx(0.045)


def test_a_report_after_a_long_time_counts_alone(sender):
    sender.reported(0.08, 10.0)
    sender.reported(0.01, 15.0)
    assert sender.fraction_lost == pytest.approx(0.01)


def test_bursts_every_few_seconds_are_never_forgotten_between_them(sender):
    lost = []
    for second in range(60):
        sender.reported(0.2 if second % 4 == 0 else 0.0, float(second))
        lost.append(sender.fraction_lost)
    assert min(lost[20:]) > 0.02
    assert sum(lost[20:]) / 40 == pytest.approx(0.05, abs=0.005)
