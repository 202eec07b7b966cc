"""The counts are RFC 3550's and RFC 7294's, by their own formulas."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import PACKET, RATE, TICK, delivered, listen, lossy, packets, voice

from media.jitter.packets import RtpPacket
from media.jitter.reception import Reception, unwrap
from media.jitter.statistics import PlayoutMetrics


def packet(sequence, timestamp, ssrc=7):
    return RtpPacket(sequence & 0xFFFF, timestamp & 0xFFFFFFFF, b"\0\0", ssrc)


@given(st.integers(0, 1 << 40), st.integers(-(1 << 15) + 1, (1 << 15) - 1))
def test_a_counter_is_unwrapped_to_the_nearest(near, step):
    assert unwrap((near + step) & 0xFFFF, near, 16) == near + step


def test_jitter_is_the_running_estimate_of_rfc_3550():
    # Section 6.4.1 and appendix A.8: J += (|D| - J) / 16, D the change of transit time.
    chance = random.Random(5)
    reception = Reception(48000)
    reception.begin(packet(0, 0))
    wanted, before = 0.0, None
    for i in range(200):
        arrival = i * PACKET + chance.random() * 0.05
        reception.count(packet(i, i * 960), arrival)
        transit = arrival * 48000 - i * 960
        if before is not None:
            wanted += (abs(transit - before) - wanted) / 16
        before = transit
    assert reception.jitter == pytest.approx(wanted)
    assert 100 < reception.jitter < 2400  # ticks: 2 to 50 ms


def test_lost_is_expected_less_received_as_in_appendix_a3():
    reception = Reception(48000)
    reception.begin(packet(65534, 0))
    for sequence in (65534, 65535, 65536, 65539, 65539):
        reception.count(packet(sequence, (sequence - 65534) * 960), 0.0)
    assert (reception.expected, reception.total, reception.lost) == (6, 5, 1)


@pytest.mark.parametrize("later", [0.001, 0.03, 0.3, 2.0])
def test_second_copies_count_as_received_and_change_neither_jitter_nor_loss(later):
    chance = random.Random(6)
    once = [
        (i * PACKET + chance.random() * 0.05, packet(65000 + i, 4294000000 + i * 960))
        for i in range(1000)
        if chance.random() >= 0.1
    ]
    twice = sorted(
        [*once, *((at + later, again) for at, again in once[::2])], key=lambda pair: pair[0]
    )
    counted = []
    for delivery in (sorted(once, key=lambda pair: pair[0]), twice):
        reception = Reception(48000)
        reception.begin(delivery[0][1])
        for at, each in delivery:
            reception.count(each, at)
        counted.append(reception)
    plain, other = counted
    assert (other.jitter, other.loss) == (plain.jitter, plain.loss)
    assert plain.jitter > 100
    assert plain.loss == pytest.approx(0.1, abs=0.05)
    assert other.expected == plain.expected
    assert other.total == plain.total + len(once[::2])


def test_second_copies_do_not_hide_the_loss_of_others():
    # Every second packet is lost, every other comes twice: as many come as were sent.
    delivery = [pair for pair in delivered(packets(voice(10)))[::2] for _ in range(2)]
    found = listen(delivery, 9.5).statistics
    assert found.loss == pytest.approx(0.5, abs=0.01)
    assert found.jitter == pytest.approx(0, abs=1e-9)
    assert found.lost == -1


def test_the_share_of_lost_packets_follows_the_network():
    stream = packets(voice(30))
    delivery = lossy(delivered(stream[:750]), 0.10, 0, seed=2) + delivered(stream)[750:]
    assert listen(delivery, 14.9).statistics.loss == pytest.approx(0.10, abs=0.03)
    assert listen(delivery, 29.5).statistics.loss < 0.005


def test_an_outage_is_not_counted_as_the_loss_of_a_network_that_redundancy_helps():
    delivery = delivered(packets(voice(10)))
    heard = listen(delivery[:200] + delivery[250:], 9.5)
    assert heard.statistics.lost == 50
    assert heard.statistics.loss == 0


def test_seconds_are_unimpaired_concealed_or_severely_concealed():
    stream = packets(voice(6))
    delivery = delivered(stream)
    # 20 ms missing in the second second, 60 ms (over 50) in the fourth.
    lost = {70, 160, 170, 180}
    heard = listen([pair for i, pair in enumerate(delivery) if i not in lost], 5)
    found = heard.statistics
    assert (
        found.unimpaired_seconds,
        found.concealed_seconds,
        found.severely_concealed_seconds,
    ) == (3, 2, 1)
    assert found.interruptions == 4
    assert found.loss_concealment == pytest.approx(0.08)


def test_whether_a_guess_stood_for_loss_or_only_for_delay_shows_afterwards():
    delivery = delivered(packets(voice(3)))
    lost = [pair for i, pair in enumerate(delivery) if i != 60]
    assert listen(lost, 2.5).statistics.loss_concealment == PACKET
    # All that follows 60 comes 40 ms later: nothing is missing, it was only late.
    late = [(at + 0.04 * (i >= 60), p) for i, (at, p) in enumerate(delivery)]
    found = listen(late, 2.5).statistics
    assert found.loss_concealment == 0
    assert found.adjustment_concealment == pytest.approx(0.04)


def test_the_sums_of_delay_are_webrtcs():
    # jitterBufferDelay / jitterBufferEmittedCount: the mean wait of what was played.
    heard = listen(delivered(packets(voice(3))), 2.5, phase=0.055)
    found = heard.statistics
    assert found.packets_played == 125
    assert found.delay_total == pytest.approx(125 * 0.015)
    assert found.delay == pytest.approx(heard.buffer.delay)


def test_play_out_sums_up_to_what_was_handed_out():
    playout = PlayoutMetrics(RATE)
    playout.silence(TICK)
    playout.conceal(TICK)
    playout.play(TICK)
    playout.resume(late=TICK // 2)
    assert (playout.silent, playout.played) == (TICK, 2 * TICK)
    assert (playout.loss, playout.adjustment, playout.interruptions) == (160, 160, 1)
