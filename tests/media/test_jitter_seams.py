"""No seam between guess, packet and stretched audio clicks more than libopus's own concealment."""

import random

import numpy as np
import pytest
from wire import PACKET, Heard, listen

from media.jitter import JitterBuffer, RtpPacket
from media.opus import OpusDecoder, OpusEncoder

SECONDS = 5
LOUD = 8000
RATES = (16000, 48000)
SEEDS = range(1, 21)
KINDS = {
    "both of Opus's modes": {},
    "voice": {"signal": "voice", "bitrate": 24000},
    "music": {"application": "audio", "bitrate": 64000},
}


def encoded(frequency, **settings):
    """Return 20 ms packets of a tone at 48 kHz."""
    time = np.arange(SECONDS * 48000) / 48000
    tone = np.rint(LOUD * np.sin(2 * np.pi * frequency * time)).astype(np.int16)
    with OpusEncoder(48000, **settings) as encoder:
        return [encoder.encode(frame) for frame in tone.reshape(-1, 960, 1)]


def carried(payloads, seed, *, gaussian):
    """Lose 5 % of the packets and delay the rest by a jitter of 30 ms."""
    chance = random.Random(seed)
    delivery = []
    for number, payload in enumerate(payloads):
        late = abs(chance.gauss(0, 0.03)) if gaussian else chance.random() * 0.03
        if chance.random() >= 0.05:
            packet = RtpPacket(number, number * 960, payload, 7)
            delivery.append((0.04 + number * PACKET + late, packet))
    return delivery


class Noting(OpusDecoder):
    """A decoder that keeps what it was given."""

    def __init__(self, rate):
        super().__init__(rate)
        self.decoded = []

    def decode(self, payload):
        self.decoded.append(id(payload))
        return super().decode(payload)


def concealed(payloads, decoded, rate):
    """Return what libopus makes of the packets decoded, each at its place, and of the holes."""
    played = [number for number, payload in enumerate(payloads) if id(payload) in decoded]
    with OpusDecoder(rate) as decoder:
        return np.concatenate(
            [
                decoder.decode(payloads[number])
                if number in played
                else decoder.conceal(rate // 50)
                for number in range(played[-1] + 1)
            ]
        )


def step(audio, rate):
    """Return the largest difference of neighbours, after half a second of running in."""
    return int(np.abs(np.diff(audio[rate // 2 :, 0].astype(int))).max())


def bend(audio, rate):
    """Return the largest second difference."""
    return int(np.abs(np.diff(audio[rate // 2 :, 0].astype(int), 2)).max())


def heard(payloads, rate, seed, *, gaussian) -> tuple[Heard, set[int]]:
    decoder = Noting(rate)
    delivery = carried(payloads, seed, gaussian=gaussian)
    buffer = JitterBuffer(decoder=decoder)
    return listen(delivery, SECONDS - 0.2, buffer=buffer), set(decoder.decoded)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("gaussian", [False, True])
@pytest.mark.parametrize("frequency", [300, 440, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_tone_over_a_bad_network_clicks_no_more_than_in_libopus(kind, frequency, gaussian, rate):
    payloads = encoded(frequency, **KINDS[kind])
    for seed in SEEDS if frequency == 440 else SEEDS[:5]:
        ours, decoded = heard(payloads, rate, seed, gaussian=gaussian)
        assert ours.statistics.interruptions > 3
        peer = concealed(payloads, decoded, rate)
        assert step(ours.audio, rate) <= 1.05 * step(peer, rate), seed
        assert bend(ours.audio, rate) <= 1.2 * bend(peer, rate), seed
