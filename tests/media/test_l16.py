"""Samples as they are, as a codec."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import FormatError
from media.l16 import L16Decoder, L16Encoder


@given(st.integers(1, 2), st.integers(1, 100), st.integers(0, 2**32))
def test_what_goes_in_comes_out_without_a_copy(channels, n, seed):
    samples = np.random.default_rng(seed).integers(-32768, 32768, (n, channels)).astype(np.int16)
    payload = L16Encoder(48000, channels).encode(samples)
    decoder = L16Decoder(48000, channels)
    decoded = decoder.decode(payload)
    assert np.array_equal(decoded, samples)
    assert np.shares_memory(decoded, np.frombuffer(payload, np.uint8))
    assert decoder.duration(payload) == n
    assert decoder.clock_rate == 48000


def test_bytes_are_little_endian():
    assert L16Encoder(16000).encode(np.array([[1], [-2]], np.int16)) == b"\x01\x00\xfe\xff"


def test_what_is_missing_is_silence_and_nothing_is_sent_twice():
    decoder = L16Decoder(8000, 2)
    payload = b"\1\0\2\0"
    assert decoder.conceal(80).tolist() == [[0, 0]] * 80
    assert decoder.recover(payload, 80).tolist() == [[0, 0]] * 80
    assert not decoder.has_fec(payload)
    assert not decoder.is_silence(payload)
    decoder.reset()
    decoder.close()


@pytest.mark.parametrize("payload", [b"", b"1", b"123", b"12345"])
def test_a_payload_of_no_whole_samples_is_told(payload):
    with pytest.raises(FormatError, match=f"{len(payload)} bytes came; .* multiple of 4"):
        L16Decoder(48000, 2).decode(payload)


def test_samples_of_another_shape_are_told():
    with pytest.raises(FormatError, match=r"int16 \[n, 1\]"):
        L16Encoder(16000).encode(np.zeros((5, 2), np.int16))
    with pytest.raises(FormatError, match="float64"):
        L16Encoder(16000).encode(np.zeros((5, 1)))
    with pytest.raises(FormatError, match="sample rate 5"):
        L16Decoder(5)
