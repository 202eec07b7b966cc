"""Packets in disorder, twice, too late, with wrapped numbers, of another source."""

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import PACKET, RATE, TICK, counter, delivered, listen, packets, unshrunk

from media.jitter import JitterBuffer, RtpPacket
from media.l16 import L16Decoder

SECONDS = 1.6
SAMPLES = counter(SECONDS)
FIRST_PULL = 0.050
"""10 ms after the first arrival: play-out then begins at once, and stays 10 ms behind."""


def heard_whole(delivery, seconds=SECONDS):
    return listen(delivery, seconds, phase=FIRST_PULL)


def test_what_comes_in_order_is_played_bit_for_bit_10_ms_later():
    heard = heard_whole(delivered(packets(SAMPLES)))
    assert np.array_equal(heard.audio, SAMPLES)
    found = heard.statistics
    assert (found.expected, found.received, found.packets_played) == (80, 80, 80)
    assert (found.lost, found.late, found.duplicate, found.discarded, found.waiting) == (0,) * 5
    assert found.on_time == found.played == SECONDS
    assert round(found.delay_total / found.packets_played, 9) == 0.010


def test_neighbours_that_change_places_within_the_delay_are_put_right():
    delivery = delivered(packets(SAMPLES))
    for i in range(11, 70, 2):  # packet 11 comes 1 ms after packet 12, and so on
        delivery[i] = (delivery[i + 1][0] + 0.001, delivery[i][1])
    # The first such packet is a surprise; once the network's ways are known no other is.
    heard = heard_whole(delivery)
    found = heard.statistics
    assert (found.lost, found.late, found.discarded) == (0, 0, 0)
    assert found.loss_concealment == 0
    assert found.interruptions <= 1
    assert np.array_equal(heard.audio[-20 * TICK :], SAMPLES[-21 * TICK : -TICK])


@given(st.permutations(range(8)))
def test_any_order_within_the_same_tick_is_the_right_order(order):
    stream = packets(SAMPLES)
    buffer = JitterBuffer(decoder=L16Decoder(RATE))
    for place in range(0, 80, 8):
        for index in order:
            buffer.push(stream[place + index], 0.04 + place * PACKET)
    pulls = [buffer.pull(0.05 + tick * PACKET) for tick in range(30)]
    audio = np.concatenate(pulls)[:, 0].astype(int)
    audio = audio[audio > 0]
    assert audio[0] == 1
    assert np.diff(audio).min() >= 0


def test_a_second_copy_is_dropped_and_counted_whether_the_first_waits_or_was_played():
    stream = packets(SAMPLES)
    delivery = delivered(stream)
    delivery.append((delivery[30][0], stream[30]))
    delivery.append((delivery[40][0] + 0.5, stream[40]))
    heard = heard_whole(delivery)
    found = heard.statistics
    assert np.array_equal(heard.audio, SAMPLES)
    assert (found.duplicate, found.late, found.received, found.lost) == (2, 0, 82, -2)


def test_a_packet_whose_time_has_passed_is_dropped_and_counted_and_its_slot_was_filled():
    delivery = delivered(packets(SAMPLES))
    delivery[30] = (delivery[30][0] + 0.3, delivery[30][1])
    heard = heard_whole(delivery)
    found = heard.statistics
    assert (found.late, found.duplicate, found.packets_played) == (1, 0, 79)
    assert (found.lost, found.loss_concealment, found.interruptions) == (0, PACKET, 1)
    gap, joined = 30 * TICK, 31 * TICK + TICK // 4  # what follows a hole rises within 5 ms
    assert np.array_equal(heard.audio[:gap], SAMPLES[:gap])
    assert not heard.audio[gap : gap + TICK].any()  # L16 has no better guess than silence
    assert np.array_equal(heard.audio[joined:], SAMPLES[joined:])


@unshrunk
@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.sets(st.integers(1, 78), max_size=20),
    st.sets(st.integers(1, 78), max_size=20),
)
def test_numbers_and_stamps_wrap_unnoticed(sequence, timestamp, lost, early):
    def play(sequence, timestamp):
        delivery = delivered(packets(SAMPLES, sequence=sequence, timestamp=timestamp))
        for i in early:
            delivery[i] = (delivery[i][0] - 0.021, delivery[i][1])
        return heard_whole([pair for i, pair in enumerate(delivery) if i not in lost])

    plain, wrapped = play(1000, 50000), play(sequence, timestamp)
    assert np.array_equal(plain.audio, wrapped.audio)
    # Differences of large numbers round a little.
    one, other = map(attrs.astuple, (plain.statistics, wrapped.statistics))
    assert one == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("ms", [10, 40, 60, 120])
def test_packets_of_another_length_are_played_bit_for_bit_too(ms):
    length = ms * RATE // 1000
    count = len(SAMPLES) // length
    stream = [
        RtpPacket(i, i * length, SAMPLES[i * length : (i + 1) * length].tobytes(), 7)
        for i in range(count)
    ]
    sent = delivered(stream, every=ms / 1000)
    heard = listen(sent, count * ms / 1000, phase=0.06)
    found = heard.statistics
    assert (found.loss_concealment, found.late, found.discarded) == (0, 0, 0)
    played = heard.audio[np.flatnonzero(heard.audio)[0] :]
    assert len(played) > SECONDS * RATE - 0.03 * RATE - length
    assert np.array_equal(played, SAMPLES[: len(played)])


def test_one_packet_of_another_source_is_dropped_and_counted():
    delivery = delivered(packets(SAMPLES))
    delivery.append((0.5, RtpPacket(9, 9, SAMPLES[:TICK].tobytes(), 1234)))
    heard = heard_whole(delivery)
    assert np.array_equal(heard.audio, SAMPLES)
    assert (heard.statistics.stray, heard.statistics.restarts) == (1, 0)


def test_strays_between_packets_of_the_source_never_take_over():
    delivery = delivered(packets(SAMPLES))
    others = packets(SAMPLES, ssrc=8, sequence=40000, timestamp=99)
    delivery += delivered(others, after=0.041)
    heard = heard_whole(delivery)
    assert np.array_equal(heard.audio, SAMPLES)
    assert (heard.statistics.stray, heard.statistics.restarts) == (80, 0)


def test_two_packets_in_a_row_of_a_new_source_are_a_new_source():
    old = packets(SAMPLES[: 40 * TICK], ssrc=7)
    new = packets(SAMPLES[40 * TICK :], ssrc=8, sequence=3, timestamp=0xFFFFFF00)
    heard = listen(delivered(old) + delivered(new, start=0.8), SECONDS + 0.1, phase=FIRST_PULL)
    found = heard.statistics
    assert (found.restarts, found.stray, found.late, found.lost) == (1, 0, 0, 0)
    assert (found.expected, found.received, found.packets_played) == (80, 80, 80)
    assert np.array_equal(heard.audio[: 40 * TICK], SAMPLES[: 40 * TICK])
    # Of the new source nothing is missing, though its first packet had to wait for the second.
    rest = heard.audio[40 * TICK :, 0]
    start = int(np.flatnonzero(rest)[0])
    assert start <= 2 * TICK
    assert np.array_equal(rest[start : start + 20 * TICK], SAMPLES[40 * TICK : 60 * TICK, 0])


def test_a_source_that_begins_anew_under_the_same_name_is_followed():
    old = packets(SAMPLES[: 40 * TICK])
    new = packets(SAMPLES[40 * TICK :], sequence=50000, timestamp=12345678)
    heard = listen(delivered(old) + delivered(new, start=0.8), SECONDS + 0.1, phase=FIRST_PULL)
    found = heard.statistics
    assert (found.restarts, found.stray, found.expected, found.lost) == (1, 0, 80, 0)
    assert found.packets_played == 80


def test_sequence_numbers_that_jump_while_the_stamps_go_on_are_no_loss_of_thousands():
    old = packets(SAMPLES[: 40 * TICK])
    new = packets(SAMPLES[40 * TICK :], sequence=30000, timestamp=5000 + 40 * TICK)
    heard = listen(delivered(old) + delivered(new, start=0.8), SECONDS + 0.1, phase=FIRST_PULL)
    assert (heard.statistics.restarts, heard.statistics.lost) == (1, 0)


def test_after_a_minute_of_nothing_the_same_source_is_taken_up_again():
    stream = packets(counter(70))
    delivery = delivered(stream)
    heard = listen(delivery[:50] + delivery[3300:], 70, phase=FIRST_PULL)
    found = heard.statistics
    assert found.late == 0
    assert found.packets_played == 250
    assert np.array_equal(heard.pulls[3400], counter(70)[3400 * TICK : 3401 * TICK])
