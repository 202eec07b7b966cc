"""Delay follows the network and comes back; audio is stretched without a click; no slot is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import PACKET, RATE, TICK, delivered, listen, lossy, packets, unshrunk, voice

from media.jitter import JitterBuffer
from media.jitter.delay import Arrivals
from media.l16 import L16Decoder

SECONDS = 20
VOICE = voice(SECONDS)
STREAM = packets(VOICE)
HEARD = SECONDS - 0.2
"""The last packets are on their way when listening ends, so nothing is missing at the end."""


def bend(audio):
    """Return the largest second difference: a click shows there as several times the voice's."""
    return int(np.abs(np.diff(audio[:, 0].astype(int), 2)).max())


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_clock_that_is_off_is_followed_for_five_minutes_by_stretching_alone(ppm):
    stream = packets(voice(300))
    heard = listen(delivered(stream, every=PACKET * (1 + ppm * 1e-6)), 299.5)
    found = heard.statistics
    assert found.loss_concealment + found.adjustment_concealment == 0
    assert (found.late, found.discarded, found.interruptions) == (0, 0, 0)
    # 200 ppm of 300 s are 60 ms, and a delay may rest anywhere within one packet.
    assert found.inserted - found.removed == pytest.approx(ppm * 1e-6 * 300, abs=PACKET)
    assert max(delay for time, delay in heard.delays if time > 2) <= 0.035
    assert bend(heard.audio) <= 1.05 * bend(VOICE)


def test_jitter_is_waited_for_while_it_lasts_and_ten_seconds_more():
    # From the fifth to the tenth second packets come up to 30 ms later.
    delivery = delivered(packets(voice(25)))
    delivery[250:500] = lossy(delivery[250:500], 0, 0.03, seed=3)
    heard = listen(delivery, 24.8)
    assert heard.delay(1, 5) == pytest.approx(0.010, abs=0.001)
    assert 0.015 < heard.delay(7, 10) < 0.045
    assert heard.delay(21, 24.8) == pytest.approx(0.010, abs=0.003)
    found = heard.statistics
    assert found.loss_concealment + found.adjustment_concealment < 0.1
    assert found.late + found.discarded <= 2


@pytest.mark.parametrize("seed", range(5))
def test_30_ms_of_jitter_conceal_less_than_a_hundredth(seed):
    heard = listen(lossy(delivered(STREAM), 0, 0.03, seed), HEARD)
    found = heard.statistics
    assert (found.loss_concealment + found.adjustment_concealment) / found.played <= 0.01
    assert heard.delay(1, HEARD) < 0.05


@pytest.mark.parametrize("fate", ["lost", "late"])
def test_a_second_of_nothing_leaves_no_delay_behind(fate):
    delivery = delivered(STREAM)
    late = [(9.04 + i / 1e4, packet) for i, (_, packet) in enumerate(delivery[400:450])]
    delivery[400:450] = late if fate == "late" else []
    heard = listen(delivery, HEARD)
    found = heard.statistics
    assert found.interruptions == 1
    assert found.loss_concealment == pytest.approx(1 if fate == "lost" else 0)
    assert found.adjustment_concealment == pytest.approx(0 if fate == "lost" else 1)
    assert heard.delay(1, 8) == pytest.approx(0.010, abs=0.001)
    assert max(delay for time, delay in heard.delays if time > 10.04) < 0.015
    assert found.discarded == (0 if fate == "lost" else 30)  # what would be over 0.4 s old
    assert bend(heard.audio[round(10.1 * RATE) :]) <= 1.05 * bend(VOICE)


@pytest.mark.parametrize("step", [0.08, 0.3, -0.08])
def test_another_route_is_taken_at_its_own_delay(step):
    delivery = [(at + 0.1 + step * (at > 8), packet) for at, packet in delivered(STREAM)]
    heard = listen(delivery, HEARD - 0.3, phase=0.15)
    assert heard.delay(1, 8) == pytest.approx(0.010, abs=0.001)
    assert heard.delay(19, HEARD) < 0.025
    assert heard.statistics.loss_concealment == 0
    assert heard.statistics.adjustment_concealment == pytest.approx(max(0, step), abs=0.02)
    assert heard.statistics.late == 0


def test_a_puller_that_stalls_catches_up_within_a_second():
    buffer = JitterBuffer(decoder=L16Decoder(RATE))
    before = listen(delivered(STREAM[:300]), 5, buffer=buffer)
    now = 0.05 + 5 + 1.0
    for at, packet in delivered(STREAM):
        if 5.05 < at <= now:
            buffer.push(packet, at)
    rest = [pair for pair in delivered(STREAM) if pair[0] > now]
    after = listen(rest, 5, phase=now, buffer=buffer)
    assert before.delay(1, 5) == pytest.approx(0.010, abs=0.001)
    assert max(delay for time, delay in after.delays if time > now + 1) < 0.03


def test_when_nobody_pulls_two_seconds_wait_and_the_rest_is_counted():
    buffer = JitterBuffer(decoder=L16Decoder(RATE))
    for at, packet in delivered(STREAM):
        buffer.push(packet, at)
    found = buffer.statistics()
    assert found.waiting == 100
    assert found.discarded == len(STREAM) - 100


def test_a_packet_that_the_decoder_refuses_is_counted_and_its_slot_is_filled():
    delivery = delivered(STREAM[:100])
    for i in (20, 40):
        delivery[i][1].payload = b"\x01" * 7  # no whole samples
    heard = listen(delivery, 1.9)
    found = heard.statistics
    assert found.malformed == 2
    assert found.loss_concealment == 2 * PACKET
    assert all(pull.shape == (TICK, 1) for pull in heard.pulls)


@unshrunk
@given(
    loss=st.floats(0, 0.5),
    jitter=st.floats(0, 0.2),
    ppm=st.integers(-1000, 1000),
    twice=st.floats(0, 0.3),
    stall=st.tuples(st.floats(0, 3), st.floats(0, 1.5)),
    seed=st.integers(0, 2**16),
)
def test_in_any_network_every_slot_is_filled_and_every_packet_accounted_for(
    *, loss, jitter, ppm, twice, stall, seed
):
    random = np.random.default_rng(seed)
    stream = packets(voice(3, seed), sequence=65500, timestamp=0xFFFFF000)
    delivery = lossy(delivered(stream, every=PACKET * (1 + ppm * 1e-6)), loss, jitter, seed)
    delivery += [(at + random.random() / 5, p) for at, p in delivery if random.random() < twice]
    begin, length = stall
    delivery = [(begin + length if begin <= at < begin + length else at, p) for at, p in delivery]
    heard = listen(delivery, 5)
    found = heard.statistics
    assert all(pull.shape == (TICK, 1) and pull.dtype == np.int16 for pull in heard.pulls)
    assert found.received == len(delivery)
    assert found.received == (
        found.packets_played
        + found.duplicate
        + found.late
        + found.discarded
        + found.malformed
        + found.waiting
    )
    assert (found.stray, found.malformed, found.waiting) == (0, 0, 0)
    assert min(found.loss_concealment, found.adjustment_concealment, found.on_time) >= 0
    parts = found.loss_concealment + found.adjustment_concealment + found.silence + found.recovered
    assert found.on_time + parts == pytest.approx(found.played) == 5
    # What was played is what came, stretched: nothing is heard twice, nothing invented as real.
    decoded = found.packets_played * PACKET + found.inserted - found.removed
    assert -1e-9 <= decoded - found.on_time < 0.06
    assert found.target_delay <= 0.4 + jitter


def test_a_burst_is_one_observation_and_a_straggler_no_rule():
    arrivals = Arrivals()
    for i in range(100):
        arrivals.observe(i * PACKET + 0.04, i * PACKET)
    for i in range(100, 150):  # a second's worth at once
        arrivals.observe(3.04, i * PACKET)
    assert arrivals.needed() == pytest.approx(0.04)
    assert arrivals.spread() == pytest.approx(0)


def test_a_stall_is_waited_for_only_when_it_lasts():
    arrivals = Arrivals()
    for i in range(100):
        arrivals.observe(i * PACKET + 0.04, i * PACKET)
    for i in range(100, 149):
        arrivals.observe(i * PACKET + 0.74, i * PACKET)
        assert arrivals.needed() == pytest.approx(0.04)
    arrivals.observe(149 * PACKET + 0.74, 149 * PACKET)
    assert arrivals.needed() == pytest.approx(0.74)
