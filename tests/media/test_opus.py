"""Opus as RFC 6716 says, by libopus."""

import ctypes
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wire import voice

from media.errors import ClosedError, FormatError, OpusError
from media.opus import OPUS_RATES, OpusDecoder, OpusEncoder, library, packet

VOICE = voice(3)
FRAMES = VOICE.reshape(-1, 320, 1)


def encoded(frames=FRAMES, rate=16000, **settings):
    with OpusEncoder(rate, frames.shape[2], **settings) as encoder:
        return [encoder.encode(frame) for frame in frames]


def signal_to_noise(wanted, got, longest=500):
    """Return dB, and by how many samples `got` lags, at the lag where they agree best."""
    wanted, got = wanted[:, 0].astype(float), got[:, 0].astype(float)
    n = min(len(wanted), len(got)) - longest

    def at(lag):
        error = np.sum((wanted[:n] - got[lag : lag + n]) ** 2)
        return 10 * np.log10(np.sum(wanted[:n] ** 2) / error)

    return max((at(lag), lag) for lag in range(longest))


def test_which_libopus_is_in_use_is_told():
    found = library()
    assert found.from_wheel, "PyAV's wheel carries one on every system that is tested"
    assert found.version.startswith("libopus ")
    assert found.version in str(found)
    assert found.path in str(found)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", OPUS_RATES)
def test_one_stream_is_decoded_straight_to_every_rate_and_to_mono_and_stereo(rate, channels):
    with OpusDecoder(rate, channels) as decoder:
        frames = [decoder.decode(payload) for payload in encoded()]
    assert {frame.shape for frame in frames} == {(rate // 50, channels)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.int16)}
    sound = np.concatenate(frames)
    assert np.array_equal(sound[:, 0], sound[:, -1])  # the stream is mono
    loudness = np.sqrt(np.mean(np.square(sound[rate:], dtype=float)))
    assert loudness == pytest.approx(
        np.sqrt(np.mean(np.square(VOICE[16000:], dtype=float))), rel=0.1
    )


def test_what_was_said_comes_out_again():
    with OpusDecoder(16000) as decoder:
        payloads = encoded(bitrate=96000, application="audio")
        sound = np.concatenate([decoder.decode(payload) for payload in payloads])
    quality, lag = signal_to_noise(VOICE, sound)
    assert quality > 12
    assert lag < 0.010 * 16000


def test_stereo_keeps_left_and_right_apart():
    stereo = np.concatenate([FRAMES, np.zeros_like(FRAMES)], axis=2)
    with OpusDecoder(48000, 2) as decoder:
        payloads = encoded(stereo, bitrate=96000, application="audio")
        sound = np.concatenate([decoder.decode(payload) for payload in payloads])
    left, right = np.mean(np.square(sound, dtype=float), axis=0)
    assert left > 1000 * right


@pytest.mark.parametrize("ms", [2.5, 5, 10, 20, 40, 60, 80, 100, 120])
@pytest.mark.parametrize("rate", OPUS_RATES)
def test_a_packet_of_any_length_tells_its_own(rate, ms):
    samples = np.zeros((round(rate * ms / 1000), 1), np.int16)
    with OpusEncoder(rate) as encoder, OpusDecoder(rate) as decoder:
        payload = encoder.encode(samples)
        assert decoder.duration(payload) == 48 * ms
        assert len(decoder.decode(payload)) == len(samples)


# --- what is lost ---------------------------------------------------------------------------------


def with_losses(payloads, every, mend):
    """Decode, with each `every`-th packet lost and `mend(decoder, next)` in its place."""
    with OpusDecoder(16000) as decoder:
        frames = [
            mend(decoder, payloads[i + 1])
            if i % every == every - 1 and i + 1 < len(payloads)
            else decoder.decode(payload)
            for i, payload in enumerate(payloads)
        ]
    return np.concatenate(frames)


def test_redundancy_mends_better_than_a_guess_and_a_guess_better_than_silence():
    payloads = encoded(bitrate=32000, packet_loss=20)
    with OpusDecoder(16000) as decoder:
        clean = np.concatenate([decoder.decode(payload) for payload in payloads])

    def quality(mend):
        return signal_to_noise(clean, with_losses(payloads, 10, mend), longest=1)[0]

    silence = quality(lambda decoder, _: np.zeros((320, 1), np.int16))
    guess = quality(lambda decoder, _: decoder.conceal(320))
    mended = quality(lambda decoder, after: decoder.recover(after, 320))
    assert silence + 1.5 < guess
    assert guess + 3 < mended


@pytest.mark.parametrize("samples", [1, 39, 40, 41, 160, 320, 319, 1920])
def test_any_length_can_be_made_up_or_restored(samples):
    payloads = encoded()
    with OpusDecoder(16000) as decoder:
        decoder.decode(payloads[20])
        assert decoder.conceal(samples).shape == (samples, 1)
        assert decoder.recover(payloads[22], samples).shape == (samples, 1)
        assert len(decoder.decode(payloads[22])) == 320
        for wrong in (0, -1, 1921):
            with pytest.raises(FormatError, match=r"1 to 1920 \(120 ms\)"):
                decoder.conceal(wrong)


def test_whether_a_packet_carries_its_predecessor_depends_on_what_the_encoder_was_told():
    assert not any(map(packet.has_fec, encoded(fec=False, packet_loss=20)))
    assert not any(map(packet.has_fec, encoded(fec=True, application="lowdelay")))
    carrying = [packet.has_fec(payload) for payload in encoded(fec=True, packet_loss=20)]
    assert sum(carrying) > 0.5 * len(carrying)


def libopus(name):
    function = getattr(ctypes.CDLL(library().path), name)
    function.restype = ctypes.c_int
    return function


noise = st.binary(min_size=1, max_size=60)
codes = st.builds(lambda toc, rest: bytes([toc]) + rest, st.integers(0, 255), noise)


@given(codes)
@example(b"\x03\x00")
@example(b"\xff\xff")
def test_a_packets_length_is_what_libopus_says(payload):
    theirs = libopus("opus_packet_get_nb_samples")(payload, len(payload), 48000)
    if theirs > 0:
        assert packet.duration(payload) == theirs
    else:
        with pytest.raises(OpusError):
            packet.duration(payload)


@given(codes)
def test_whether_a_packet_has_redundancy_is_what_libopus_says(payload):
    theirs = libopus("opus_packet_has_lbrr")(payload, len(payload))
    if theirs >= 0:  # else the packet is broken, and decoding it will tell
        assert packet.has_fec(payload) == bool(theirs)
    packet.has_fec(payload)


# --- the encoder's controls -----------------------------------------------------------------------


def get(encoder, request):
    value = ctypes.c_int32()
    encoder.control(request, ctypes.byref(value))
    return value.value


def test_every_control_reaches_libopus_at_once():
    requests = {
        "bitrate": 4003,
        "complexity": 4011,
        "fec": 4013,
        "packet_loss": 4015,
        "dtx": 4017,
    }
    with OpusEncoder(bitrate=24000, complexity=3, fec=False, packet_loss=7, dtx=True) as encoder:
        given = {"bitrate": 24000, "complexity": 3, "fec": 0, "packet_loss": 7, "dtx": 1}
        assert {name: get(encoder, request) for name, request in requests.items()} == given
        for name, value in {
            "bitrate": 96000,
            "complexity": 9,
            "fec": True,
            "packet_loss": 30,
            "dtx": False,
        }.items():
            setattr(encoder, name, value)
            assert get(encoder, requests[name]) == int(value)
            assert getattr(encoder, name) == value


def test_more_bits_are_more_bytes():
    sizes = [sum(map(len, encoded(bitrate=rate))) for rate in (8000, 24000, 64000)]
    assert sizes[0] * 2 < sizes[1] < sizes[2]


def test_silence_need_not_be_sent_where_the_encoder_may_be_silent():
    quiet = np.zeros((60, 320, 1), np.int16)
    decoder = OpusDecoder()
    sent = [not decoder.is_silence(payload) for payload in encoded(quiet, dtx=True)]
    assert not any(decoder.is_silence(payload) for payload in encoded(quiet, dtx=False))
    assert sum(sent[20:]) <= 3  # one in 400 ms keeps the noise alive
    decoder.close()


def test_reset_begins_a_new_stream_with_the_same_settings():
    with OpusEncoder(16000, bitrate=20000, complexity=2) as encoder:
        first = [encoder.encode(frame) for frame in FRAMES[:5]]
        encoder.reset()
        assert [encoder.encode(frame) for frame in FRAMES[:5]] == first
    with OpusDecoder() as decoder:
        once = [decoder.decode(payload) for payload in first]
        decoder.reset()
        again = [decoder.decode(payload) for payload in first]
    assert np.array_equal(once, again)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: OpusDecoder(44100), "no sample rate of 44100 Hz: use one of 8000"),
        (lambda: OpusEncoder(16000, 3), "no 3 channels"),
        (lambda: OpusEncoder(application="music"), "'music' is unknown: use one of voip"),
        (lambda: OpusEncoder(bitrate=100), "bitrate=100 is out of range: it goes from 6000"),
        (lambda: OpusEncoder(complexity=11), "complexity=11 is out of range"),
        (lambda: OpusEncoder(packet_loss=-1), "packet_loss=-1 is out of range"),
        (lambda: OpusEncoder(16000).encode(FRAMES[0][:300]), "300 samples of int16 came"),
        (lambda: OpusEncoder(16000).encode(FRAMES[0].astype(float)), "320 samples of float64"),
        (lambda: OpusEncoder(16000, 2).encode(FRAMES[0]), r"it must be \[320, 2\]"),
    ],
)
def test_what_opus_lacks_is_told_in_a_sentence(work, says):
    with pytest.raises(FormatError, match=says):
        work()


@pytest.mark.parametrize(
    "payload", [b"", b"\x03", b"\x03\x00", b"\xff\x3f\x00", b"\x01\x02", b"\x02\xff\xff"]
)
def test_a_malformed_packet_is_an_error_and_the_stream_goes_on(payload):
    good = encoded()
    with OpusDecoder() as decoder:
        decoder.decode(good[0])
        with pytest.raises(OpusError):
            decoder.decode(payload)
        assert len(decoder.decode(good[1])) == 320


def test_what_is_closed_says_so_and_closes_twice():
    decoder, encoder = OpusDecoder(), OpusEncoder(16000)
    for codec in (decoder, encoder):
        codec.close()
        codec.close()
    with pytest.raises(ClosedError, match="decoder is closed"):
        decoder.conceal(320)
    with pytest.raises(ClosedError, match="encoder is closed"):
        encoder.encode(FRAMES[0])


def test_one_dimension_is_mono():
    assert encoded()[0] == OpusEncoder(16000).encode(FRAMES[0][:, 0])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", OPUS_RATES)
def test_a_tone_is_the_same_tone_afterwards(rate, channels):
    time = np.arange(rate) / rate
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)[:, None]
    tone = np.repeat(tone, channels, axis=1).reshape(50, rate // 50, channels)
    with OpusDecoder(rate, channels) as decoder:
        frames = [decoder.decode(payload) for payload in encoded(tone, rate, bitrate=64000)]
    assert {frame.shape for frame in frames} == {(rate // 50, channels)}
    settled = np.concatenate(frames[15:])[:, -1].astype(float)
    basis = np.exp(2j * np.pi * 440 * np.arange(len(settled)) / rate)
    at_440 = 2 * abs(np.vdot(basis, settled)) ** 2 / len(settled)
    assert at_440 / np.sum(settled**2) > 0.95
    assert np.sqrt(2 * np.mean(settled**2)) == pytest.approx(8000, rel=0.15)


WITHOUT = """
from media.opus import OpusDecoder, OpusEncoder, library
for work in (library, OpusDecoder, OpusEncoder):
    try:
        work()
    except ValueError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("chosen", ["none", "/nowhere/libopus.so"])
def test_where_there_is_no_libopus_is_told_in_a_sentence(chosen):
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        env={"CALLBOARD_LIBOPUS": chosen, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.count("OpusError No libopus was found: install PyAV from its wheel") == 3
