"""What the far side says: a chirp each second over a quiet noise floor, as Opus packets."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
PACKET = 960
PERIOD = 50
"""Packets from one chirp to the next: one second."""


def chirp() -> NDArray[np.float64]:
    """Return 20 ms that sweep from 600 to 3,000 Hz, shape (960,), peak 0.5."""
    t = np.arange(PACKET) / RATE
    sweep = 2 * np.pi * (600 * t + (3_000 - 600) / (2 * 0.02) * t * t)
    return 0.5 * np.hanning(PACKET) * np.sin(sweep)


def packets(seconds: int) -> list[bytes]:
    """Return ``50 * seconds`` Opus payloads of 20 ms; packet ``k * 50`` begins a chirp."""
    rng = np.random.default_rng(1)
    signal = rng.normal(0, 3e-4, seconds * RATE)
    for second in range(seconds):
        signal[second * RATE : second * RATE + PACKET] += chirp()
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = RATE
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.bit_rate = 32_000
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"application": "voip", "frame_duration": "20"}
    payloads: list[bytes] = []
    pcm = (signal * 32_767).astype(np.int16)
    for start in range(0, len(pcm), PACKET):
        frame = av.AudioFrame.from_ndarray(pcm[None, start : start + PACKET], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
    return payloads


def decode(payloads: list[bytes]) -> list[NDArray[np.float64]]:
    """Decode Opus payloads in order; each gives its mono samples at 48 kHz."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate = RATE
    out: list[NDArray[np.float64]] = []
    for payload in payloads:
        frames = decoder.decode(av.Packet(payload))
        parts = [frame.to_ndarray().astype(np.float64) for frame in frames]
        mono = [
            part.reshape(-1, frame.layout.nb_channels)[:, 0] if part.shape[0] == 1 else part[0]
            for part, frame in zip(parts, frames, strict=True)
        ]
        out.append(np.concatenate(mono) if mono else np.zeros(0))
    return out
