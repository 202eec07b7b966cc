"""Opus through the jitter buffer: restored, guessed, faded; pauses; nonsense."""

import os
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import PACKET, RATE, TICK, Heard, listen, lossy, unshrunk, voice

from media.errors import OpusError
from media.jitter import JitterBuffer, RtpPacket
from media.opus import OpusDecoder, OpusEncoder
from media.opus.packet import has_fec

SECONDS = 10
VOICE = voice(SECONDS)


def stream(samples=VOICE, **settings):
    """Return (arrival, packet), 20 ms each, as a browser sends them."""
    with OpusEncoder(RATE, bitrate=32000, **settings) as encoder:
        payloads = [encoder.encode(frame) for frame in samples.reshape(-1, TICK, 1)]
    return [
        (0.04 + i * PACKET, RtpPacket((65500 + i) & 0xFFFF, i * 960, payload, 7))
        for i, payload in enumerate(payloads)
    ]


REDUNDANT = stream(packet_loss=20)
PLAIN = stream(fec=False)


def hear(delivery, seconds=SECONDS - 0.2) -> Heard:
    return listen(delivery, seconds, buffer=JitterBuffer(sample_rate=RATE))


def every_tenth_lost(delivery):
    return [pair for i, pair in enumerate(delivery) if i % 10 != 9 or i < 100]


def test_a_lost_packet_is_restored_from_the_next_when_that_is_here():
    heard = hear(every_tenth_lost(REDUNDANT))
    found = heard.statistics
    assert found.lost == 38
    # Loss of 10 % makes it wait one packet more, two seconds later; from then on every hole is
    # restored whose next packet carries it.
    carried = [has_fec(REDUNDANT[i + 1][1].payload) for i in range(209, 480, 10)]
    assert sum(carried) * PACKET <= found.recovered + 1e-9
    assert sum(carried) > 15
    filled = found.recovered + found.loss_concealment
    assert filled == pytest.approx(found.lost * PACKET, abs=1.5 * PACKET)
    assert (found.late, found.discarded) == (0, 0)
    assert heard.delay(5, 9.8) == pytest.approx(0.030, abs=0.004)


def test_what_is_restored_is_nearer_to_what_was_sent_than_a_guess():
    def quality(delivery):
        """Return dB between the fifth and the eighth second, at the delay where they agree."""
        wanted = hear(delivery).audio[5 * RATE : 8 * RATE, 0].astype(float)
        heard = hear(every_tenth_lost(delivery)).audio[:, 0].astype(float)
        errors = (
            np.sum((wanted - heard[5 * RATE + lag : 8 * RATE + lag]) ** 2)
            for lag in range(-2 * TICK, 2 * TICK)
        )
        return 10 * np.log10(np.sum(wanted**2) / min(errors))

    restored, guessed = quality(REDUNDANT), quality(PLAIN)
    assert restored > guessed + 3
    assert restored > 8


def test_once_the_loss_is_over_the_packet_more_is_given_back():
    delivery = [
        pair for i, pair in enumerate(stream(voice(30), packet_loss=20)) if i % 10 or i > 500
    ]
    heard = hear(delivery, 29.5)
    assert heard.delay(5, 10) == pytest.approx(0.030, abs=0.001)
    assert heard.delay(25, 29.5) == pytest.approx(0.010, abs=0.003)


def test_without_redundancy_nothing_is_held_back_and_a_guess_fills_the_hole():
    heard = hear(every_tenth_lost(PLAIN))
    found = heard.statistics
    assert found.recovered == 0
    assert found.loss_concealment == pytest.approx(found.lost * PACKET, abs=1.5 * PACKET)
    assert heard.delay(5, 9.8) == pytest.approx(0.010, abs=0.001)
    assert all(pull.any() for pull in heard.pulls[5:])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", [0.01, 0.05, 0.10])
def test_at_any_loss_no_slot_is_silent_and_nothing_is_lost_to_the_buffer(loss, seed):
    heard = hear(lossy(REDUNDANT, loss, 0.002, seed))
    found = heard.statistics
    assert all(pull.any() for pull in heard.pulls[5:])
    assert (found.late, found.discarded, found.malformed) == (0, 0, 0)
    assert heard.delay(3, 9.8) < 0.04


def test_a_long_hole_fades_into_the_sound_of_the_room():
    room = (np.random.default_rng(1).standard_normal((SECONDS * RATE, 1)) * 20).astype(np.int16)
    spoken = np.where(np.arange(SECONDS * RATE)[:, None] // RATE % 2, room, VOICE + room)
    delivery = stream(spoken.astype(np.int16))
    heard = hear(delivery[:250] + delivery[350:])  # from 5 to 7 s there is nothing

    def loudness(begin, end):
        part = heard.audio[round(begin * RATE) : round(end * RATE)].astype(float)
        return float(np.sqrt(np.mean(part**2)))

    assert 3 < loudness(5.3, 6.9) < 60
    assert loudness(5.0, 5.16) > 0
    assert heard.statistics.severely_concealed_seconds >= 2
    assert all(pull.any() for pull in heard.pulls[5:])


def test_a_pause_that_the_sender_makes_is_noise_and_no_loss():
    quiet = np.zeros((5 * RATE, 1), np.int16)
    delivery = stream(np.concatenate([VOICE[: 3 * RATE], quiet, VOICE[: 2 * RATE]]), dtx=True)
    sent, silent = [], False
    for at, packet in delivery:  # only the first packet of a pause is sent, as browsers do
        tiny = len(packet.payload) <= 2
        if not (tiny and silent):
            packet.sequence = len(sent)
            sent.append((at, packet))
        silent = tiny
    assert len(sent) < 300
    heard = hear(sent)
    found = heard.statistics
    assert found.lost == 0
    assert found.loss_concealment + found.adjustment_concealment == 0
    assert found.comfort_noise > 4
    assert (found.late, found.discarded, found.interruptions) == (0, 0, 0)
    # The first word after the pause is whole, and as late as the rest.
    assert heard.delay(8.5, 9.8) < 0.035
    assert found.packets_played == pytest.approx(len(sent), abs=12)


def test_the_same_packets_and_times_give_the_same_audio():
    delivery = lossy(REDUNDANT, 0.05, 0.03, seed=4)
    assert np.array_equal(hear(delivery).audio, hear(delivery).audio)
    assert hear(delivery).statistics == hear(delivery).statistics


def test_a_buffer_gives_the_rate_and_channels_that_it_was_made_for():
    buffer = JitterBuffer(sample_rate=48000, channels=2)
    for at, packet in REDUNDANT[:50]:
        buffer.push(packet, at)
    assert buffer.pull(1.0).shape == (960, 2)
    buffer.close()
    buffer.close()


# --- nonsense -------------------------------------------------------------------------------------


@unshrunk
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=60))
def test_random_payloads_are_counted_at_most(parts):
    buffer = JitterBuffer()
    for i, (toc, rest) in enumerate(parts):
        buffer.push(RtpPacket(i, i * 960, bytes([toc]) + rest, 7), 0.04 + i * PACKET)
        assert buffer.pull(0.05 + i * PACKET).shape == (TICK, 1)
    buffer.close()


def test_random_bytes_are_nothing_but_counted_bad_packets():
    """For CALLBOARD_FUZZ_SECONDS, ten seeds at least; the seed of a failure is in its message."""
    end = time.monotonic() + float(os.environ.get("CALLBOARD_FUZZ_SECONDS", "0"))
    good = [packet.payload for _, packet in REDUNDANT]
    seed = 0
    while seed < 10 or time.monotonic() < end:
        chance = random.Random(seed)
        try:
            fuzz_decoder(chance, good)
            fuzz_buffer(chance, good)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        seed += 1


def payload(chance, good):
    """Return noise, or a good packet cut off, changed in a few bytes, or as it is."""
    kind = chance.random()
    if kind < 0.4:
        return chance.randbytes(chance.choice([0, 1, 2, 3, 20, 100, 1500]))
    data = bytearray(chance.choice(good))
    if kind < 0.6:
        return bytes(data[: chance.randrange(len(data) + 1)])
    if kind < 0.8:
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def fuzz_decoder(chance, good):
    rate, channels = chance.choice([8000, 16000, 48000]), chance.choice([1, 2])
    with OpusDecoder(rate, channels) as decoder:
        for _ in range(40):
            data = payload(chance, good)
            decoder.has_fec(data)
            decoder.is_silence(data)
            count = chance.randrange(1, rate // 10)
            for work in (
                lambda data=data: decoder.decode(data),
                lambda data=data, count=count: decoder.recover(data, count),
                lambda count=count: decoder.conceal(count),
            ):
                try:
                    samples = work()
                except OpusError:
                    continue
                assert samples.dtype == np.int16
                assert samples.shape[1] == channels
                assert 0 < len(samples) <= rate * 0.12


def fuzz_buffer(chance, good):
    buffer = JitterBuffer()
    now, sequence, timestamp, ssrc = chance.random() * 100, chance.getrandbits(16), 0, 1
    pushed = 0
    for _ in range(300):
        for _ in range(chance.choice([0, 1, 1, 1, 1, 2, 5])):
            kind = chance.random()
            sequence += 1 if kind < 0.9 else chance.randrange(-40000, 40000)
            timestamp += 960 if kind < 0.8 else chance.choice([0, 120, 2880, -960, 1 << 31])
            if kind > 0.97:
                ssrc = chance.getrandbits(32)
            jitter = chance.random() * chance.choice([0, 0.02, 0.5])
            packet = RtpPacket(
                sequence & 0xFFFF, timestamp & 0xFFFFFFFF, payload(chance, good), ssrc
            )
            buffer.push(packet, now - jitter)
            pushed += 1
        samples = buffer.pull(now)
        assert samples.shape == (TICK, 1)
        assert samples.dtype == np.int16
        now += chance.choice([0.02, 0.02, 0.02, 0.0, 0.3])
    found = buffer.statistics()
    assert found.waiting * 0.0025 <= 2.2
    # Each is in one count, or in two: decoding may refuse what was waiting.
    kept = found.packets_played + found.waiting + found.duplicate + found.late
    assert kept + found.discarded + found.malformed + found.stray == pushed
    assert min(found.loss_concealment, found.adjustment_concealment, found.on_time) >= -1e-9
    buffer.close()
