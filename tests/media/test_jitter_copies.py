"""Packets that bring copies of earlier ones (RFC 2198): what was lost is played after all.

And packets that the network delivers twice: the second copy is dropped and delays nothing."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import (
    PACKET,
    RATE,
    TICK,
    counter,
    delivered,
    listen,
    lossy,
    packets,
    unshrunk,
    voice,
)

from media.jitter import JitterBuffer, RtpPacket
from media.l16 import L16Decoder

SECONDS = 1.6
SAMPLES = counter(SECONDS)
FIRST_PULL = 0.050
"""10 ms after the first arrival: play-out then stays 10 ms behind. What is lost for the sake of a
bit-exact comparison is lost after the first second, whose share of loss decides how much is held.
"""


def with_copies(stream, distances=(1,)):
    """Each packet with what was sent so many packets before it, oldest first."""
    for number, packet in enumerate(stream):
        packet.copies = [
            RtpPacket(older.sequence, older.timestamp, older.payload, older.ssrc)
            for older in (
                stream[number - d] for d in sorted(distances, reverse=True) if number >= d
            )
        ]
    return stream


def without(delivery, *lost):
    return [pair for number, pair in enumerate(delivery) if number not in lost]


def in_pairs(delivery):
    """Each even packet comes with the odd one that follows it."""
    return [(delivery[number | 1][0], packet) for number, (_, packet) in enumerate(delivery)]


def test_what_is_lost_is_played_bit_for_bit_from_the_copy_that_is_there_in_time():
    delivery = in_pairs(delivered(with_copies(packets(SAMPLES))))
    heard = listen(without(delivery, 52, 60, 72), SECONDS, phase=0.07)
    found = heard.statistics
    assert np.array_equal(heard.audio, SAMPLES)
    assert (found.lost, found.restored, found.copies) == (3, 3, 76)
    assert found.recovered == pytest.approx(3 * PACKET)
    assert (found.loss_concealment, found.adjustment_concealment) == (0, 0)
    assert (found.duplicate, found.late) == (0, 0)


def test_copies_of_what_came_are_dropped():
    heard = listen(delivered(with_copies(packets(SAMPLES), (1, 2, 3))), SECONDS, phase=FIRST_PULL)
    found = heard.statistics
    assert np.array_equal(heard.audio, SAMPLES)
    assert (found.copies, found.restored, found.duplicate) == (3 * 80 - 6, 0, 0)
    assert (found.received, found.lost, found.recovered) == (80, 0, 0)


def test_a_packet_that_comes_after_its_copy_was_played_is_a_duplicate():
    delivery = in_pairs(delivered(with_copies(packets(SAMPLES))))
    delivery[30] = (delivery[30][0] + 0.2, delivery[30][1])
    heard = listen(delivery, SECONDS, phase=0.07)
    assert np.array_equal(heard.audio, SAMPLES)
    assert (heard.statistics.duplicate, heard.statistics.late, heard.statistics.lost) == (1, 0, 0)


def test_a_copy_that_comes_a_little_late_is_played_late_and_the_delay_is_taken_back():
    delivery = delivered(with_copies(packets(voice(6)), (2, 4)))
    heard = listen(without(delivery, 100, 101), 5.5, phase=FIRST_PULL)
    found = heard.statistics
    assert (found.lost, found.restored) == (2, 2)
    # Nothing was lost to the listener: what was made up only moved the rest.
    assert found.loss_concealment == pytest.approx(0)
    assert 0 < found.adjustment_concealment <= 3 * PACKET
    assert heard.delay(1, 2) == pytest.approx(0.010)
    assert heard.delay(3, 5.5) == pytest.approx(0.010, abs=0.003)
    assert found.removed == pytest.approx(found.adjustment_concealment + found.inserted, abs=0.003)


def test_a_copy_more_than_80_ms_late_is_not_waited_for():
    delivery = delivered(with_copies(packets(SAMPLES), range(1, 13)))
    heard = listen(without(delivery, *range(30, 42)), SECONDS, phase=FIRST_PULL)
    found = heard.statistics
    # The first that comes is the 43rd, when 12 are made up for: the last four of those are played.
    assert (found.lost, found.restored) == (12, 4)
    assert found.loss_concealment == pytest.approx(8 * PACKET)
    assert found.adjustment_concealment == pytest.approx(4 * PACKET)


def test_a_copy_that_nobody_can_decode_is_counted_and_nothing_else():
    stream = packets(SAMPLES)
    stream[31].copies = [RtpPacket(stream[30].sequence, stream[30].timestamp, b"\1", 7)]
    heard = listen(without(delivered(stream), 30), SECONDS, phase=FIRST_PULL)
    found = heard.statistics
    assert (found.copies, found.malformed, found.restored, found.lost) == (1, 1, 0, 1)


def test_copies_before_the_first_packet_do_not_delay_the_beginning():
    stream = with_copies(packets(counter(SECONDS + 0.1)), (1, 2, 3))[5:]
    heard = listen(delivered(stream), SECONDS, phase=FIRST_PULL)
    assert heard.audio[0, 0] == 5 * TICK + 1
    assert heard.statistics.restored == 0


def test_a_copy_of_what_is_yet_to_come_is_none():
    stream = packets(SAMPLES)
    later = stream[70]
    stream[30].copies = [RtpPacket(later.sequence, later.timestamp, later.payload, later.ssrc)]
    heard = listen(without(delivered(stream), 70), SECONDS, phase=FIRST_PULL)
    assert heard.statistics.restored == 0
    assert heard.statistics.loss_concealment == pytest.approx(PACKET)


@unshrunk
@given(
    st.integers(0, 1 << 32),
    st.sampled_from([0.02, 0.05, 0.15, 0.4]),
    st.integers(1, 6),
    st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True),
    st.sampled_from([0.002, 0.01, 0.04]),
)
def test_whatever_is_lost_every_slot_is_filled_and_accounted_for(seed, loss, burst, back, jitter):
    chance = random.Random(seed)
    delivery, losing = [], False
    for arrival, packet in delivered(with_copies(packets(voice(8)), back)):
        enter = min(1.0, loss / (burst * (1 - loss)))
        losing = chance.random() < (1 - 1 / burst if losing else enter)
        if not losing:
            delivery.append((arrival + chance.random() * jitter, packet))
    if not delivery:
        return
    heard = listen(delivery, 7.5)
    found = heard.statistics
    assert {len(pull) for pull in heard.pulls} == {TICK}
    assert 0 <= found.restored <= found.copies
    assert (found.malformed, found.stray) == (0, 0)
    made = found.packets_played * PACKET + found.recovered + found.inserted - found.removed
    made += found.loss_concealment + found.adjustment_concealment + found.silence
    # What was decoded beyond the last slot waits for the next.
    assert -1e-9 <= made - found.played <= 2 * PACKET
    assert min(found.loss_concealment, found.adjustment_concealment, found.recovered) >= -1e-9


class _Pausing(L16Decoder):
    """A codec whose zeros say that nothing is sent for a while."""

    def is_silence(self, payload):
        return not any(payload)


def test_after_a_pause_nothing_from_before_it_is_brought_back():
    samples = counter(SECONDS)
    samples[60 * TICK : 61 * TICK] = 0
    stream = with_copies(packets(samples), (11, 12))
    pause = range(61, 70)
    heard = listen(
        without(delivered(stream), 59, *pause),
        SECONDS,
        phase=FIRST_PULL,
        buffer=JitterBuffer(decoder=_Pausing(RATE)),
    )
    assert heard.statistics.restored == 0
    assert np.array_equal(heard.audio[70 * TICK :], samples[70 * TICK :])


def twice(delivery, every, later):
    """Each `every`th packet comes a second time, `later` seconds after the first."""
    return delivery + [(at + later, packet) for at, packet in delivery[::every]]


def assert_same_but_for(copies, plain, other):
    """The second delivery is heard like the first, and its `copies` are counted as duplicates."""
    one, two = plain.statistics, other.statistics
    assert np.array_equal(plain.audio, other.audio)
    assert plain.delays == other.delays
    assert one.target_delay == two.target_delay
    assert (one.jitter, one.loss) == (two.jitter, two.loss)
    assert (two.duplicate, two.received) == (copies, one.received + copies)
    assert (two.late, two.discarded, two.waiting) == (one.late, one.discarded, one.waiting)


@pytest.mark.parametrize("every", [1, 2, 5, 20])
@pytest.mark.parametrize("later", [0.003, 0.03, 0.12, 0.39, 6.5])
def test_second_copies_add_no_delay_however_many_and_however_late(every, later):
    once = delivered(packets(voice(8), sequence=65500, timestamp=0xFFFFF000))
    plain = listen(once, 15, phase=FIRST_PULL)
    other = listen(twice(once, every, later), 15, phase=FIRST_PULL)
    assert plain.statistics.target_delay == pytest.approx(0, abs=1e-9)
    assert_same_but_for(len(once[::every]), plain, other)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("every", "later"), [(1, 0.003), (5, 0.03), (5, 0.39), (2, 0.12)])
def test_beside_real_jitter_second_copies_change_nothing(seed, every, later):
    once = lossy(delivered(packets(voice(8))), 0, 0.03, seed)
    plain, other = listen(once, 9), listen(twice(once, every, later), 9)
    assert 0.02 < plain.statistics.target_delay < 0.03
    assert_same_but_for(len(once[::every]), plain, other)


def test_what_had_never_come_is_late_and_is_waited_for_beside_second_copies():
    once = [
        (at + 0.1 * (number % 5 == 4), packet)
        for number, (at, packet) in enumerate(delivered(packets(voice(8))))
    ]
    plain, other = listen(once, 9), listen(twice(once, 5, 0.3), 9)
    assert plain.statistics.late > 0
    assert plain.statistics.target_delay == pytest.approx(0.1)
    assert_same_but_for(80, plain, other)


def test_a_second_copy_of_what_came_too_late_is_no_second_late_packet():
    stream = packets(SAMPLES)
    delivery = delivered(stream)
    delivery[30] = (delivery[30][0] + 0.3, stream[30])
    delivery.append((delivery[30][0] + 0.2, stream[30]))
    found = listen(delivery, SECONDS, phase=FIRST_PULL).statistics
    assert (found.late, found.duplicate, found.packets_played) == (1, 1, 79)


def test_a_second_copy_of_what_was_discarded_is_not_taken_in_again():
    stream = packets(counter(3))
    buffer = JitterBuffer(decoder=L16Decoder(RATE))
    for at, packet in [*delivered(stream), (3.1, stream[20]), (3.2, stream[120])]:
        buffer.push(packet, at)
    found = buffer.statistics()
    assert (found.discarded, found.waiting, found.duplicate) == (50, 100, 2)


@pytest.mark.parametrize("back", [300, 2900])
def test_a_second_copy_is_known_as_long_as_it_is_taken_for_the_source_s(back):
    stream = packets(np.zeros((3000 * TICK, 1), np.int16), sequence=64000)
    buffer = JitterBuffer(decoder=L16Decoder(RATE))
    for number, (at, packet) in enumerate(delivered(stream)):
        if number != 2990 - back + 1:
            buffer.push(packet, at)
        if number == 2990:
            buffer.pull(at)
            buffer.push(stream[number - back], at)
            buffer.push(stream[number - back + 1], at)
    found = buffer.statistics()
    assert (found.duplicate, found.late, found.stray) == (1, 1, 0)


def test_a_new_source_s_packets_are_no_copies_of_the_old_one_s():
    old, new = packets(SAMPLES[: 40 * TICK], ssrc=7), packets(SAMPLES[: 40 * TICK], ssrc=8)
    delivery = delivered(old) + delivered(new, start=0.8)
    found = listen(delivery, SECONDS + 0.1, phase=FIRST_PULL).statistics
    assert (found.restarts, found.duplicate, found.packets_played) == (1, 0, 80)
