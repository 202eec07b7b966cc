"""Frames of any format to packets of 20 ms."""

import math

import numpy as np
import pytest

from actors.call.encoding import WIRE_SAMPLES, Encoding
from actors.call.settings import AudioSettings
from actors.errors import CallError
from media import AudioFrame
from media.l16 import L16Decoder
from media.opus import OpusDecoder

RATES = (8000, 12000, 16000, 24000, 32000, 44100, 48000)


def tone(rate, seconds, channels=1, hertz=440.0, turn=None):
    times = np.arange(round(rate * seconds)) / rate
    wave = (8000 * np.sin(2 * math.pi * hertz * times)).astype(np.int16)
    return AudioFrame(np.repeat(wave[:, None], channels, axis=1), rate, turn=turn)


def pieces(frame, size):
    for start in range(0, len(frame.samples), size):
        yield AudioFrame(frame.samples[start : start + size], frame.sample_rate, turn=frame.turn)


def peak(samples, rate):
    """The strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return spectrum.argmax() * rate / len(samples)


@pytest.mark.parametrize("rate", [r for r in RATES if r != 12000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_of_every_rate_arrives_as_that_tone(rate, channels):
    encoding = Encoding("opus")
    packets = [
        p for piece in pieces(tone(rate, 1.0, channels), 441) for p in encoding.packets(piece)
    ]
    packets += encoding.finish()
    encoding.close()
    assert 50 <= len(packets) <= 51
    with OpusDecoder(48000, 1) as decoder:
        heard = np.concatenate([decoder.decode(p.payload) for p in packets])
    assert peak(heard[9600:38400], 48000) == pytest.approx(440, abs=3)


def test_every_packet_is_20_ms_of_its_turn():
    encoding = Encoding("l16")
    made = [*encoding.packets(tone(16000, 0.05, turn=3)), *encoding.finish()]
    assert [(p.samples, p.turn) for p in made] == [(WIRE_SAMPLES, 3)] * 3


def test_what_does_not_fill_a_packet_waits_and_is_filled_up_with_silence_at_the_end():
    encoding = Encoding("l16")
    frame = tone(48000, 0.03)
    (first,) = encoding.packets(frame)
    (last,) = encoding.finish()
    decoder = L16Decoder(48000, 1)
    sent = np.concatenate([decoder.decode(first.payload), decoder.decode(last.payload)])
    assert (sent[:1440] == frame.samples).all()
    assert not sent[1440:].any()


def test_a_new_turn_begins_a_new_packet():
    encoding = Encoding("l16")
    made = [
        *encoding.packets(tone(48000, 0.03, turn=1)),
        *encoding.packets(tone(48000, 0.02, turn=2)),
    ]
    assert [p.turn for p in made] == [1, 1, 2]


def test_the_rest_of_an_interrupted_turn_is_never_sent():
    encoding = Encoding("l16")
    assert len(list(encoding.packets(tone(48000, 0.03, turn=1)))) == 1
    encoding.forget()
    assert list(encoding.finish()) == []


def test_mono_and_stereo_in_turns():
    encoding = Encoding("opus")
    frames = [tone(48000, 0.02, channels) for channels in (1, 2, 1)]
    assert [len(list(encoding.packets(frame))) for frame in frames] == [1, 1, 1]
    encoding.close()


def test_an_unknown_codec_is_refused_by_name():
    with pytest.raises(CallError, match="'mp3'"):
        Encoding("mp3")


def test_an_interrupted_turn_leaves_nothing_in_the_resampler():
    encoding = Encoding("l16")
    list(encoding.packets(tone(16000, 0.03, turn=1)))
    encoding.forget()
    (packet,) = encoding.packets(AudioFrame.silence(320, 16000, turn=1))
    assert not np.frombuffer(packet.payload, "<i2").any()


def test_redundancy_follows_the_loss_that_is_reported():
    """A decoder that misses a packet finds it again in the next one, where loss is expected."""
    quiet, lossy = Encoding("opus"), Encoding("opus")
    quiet.expect_loss(0.0)
    lossy.expect_loss(0.2)
    found = []
    with OpusDecoder(16000, 1) as decoder:
        for encoding in (quiet, lossy):
            packets = list(encoding.packets(tone(16000, 1.0, hertz=220)))
            found.append(sum(decoder.has_fec(p.payload) for p in packets))
            encoding.close()
    assert found[0] == 0
    assert found[1] > 10


def test_settings_reach_the_encoder():
    small, large = (
        Encoding("opus", AudioSettings(bitrate=12_000)),
        Encoding("opus", AudioSettings(bitrate=64_000)),
    )
    noise = AudioFrame(
        np.random.default_rng(1).integers(-9000, 9000, (48000, 1)).astype(np.int16), 48000
    )
    sizes = [sum(len(p.payload) for p in e.packets(noise)) for e in (small, large)]
    assert sizes[0] < 0.35 * sizes[1]


def test_silence_with_dtx_is_packets_that_need_not_be_sent():
    encoding = Encoding("opus", AudioSettings(dtx=True))
    made = list(encoding.packets(AudioFrame.silence(48000 * 2, 48000)))
    assert sum(len(packet.payload) <= 2 for packet in made) > 80


@pytest.mark.parametrize(("name", "value"), [("bitrate", 100), ("complexity", 11)])
def test_settings_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        AudioSettings(**{name: value})


def packets_of(rate, sound):
    noise = np.random.default_rng(1).integers(-9000, 9000, (rate, 1)).astype(np.int16)
    return [packet.payload for packet in Encoding("opus", sound).packets(AudioFrame(noise, rate))]


@pytest.mark.parametrize(("rate", "usual", "other"), [(16000, 3, 5), (24000, 5, 3)])
def test_the_usual_complexity_is_that_of_the_rate(rate, usual, other):
    made = packets_of(rate, AudioSettings())
    assert made == packets_of(rate, AudioSettings(complexity=usual))
    assert made != packets_of(rate, AudioSettings(complexity=other))
