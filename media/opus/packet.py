"""Reads an Opus packet without decoding it (RFC 6716 §3.1, §4.2.4)."""

from __future__ import annotations

from typing import Final

from media.errors import OpusError

CLOCK_RATE: Final = 48_000
"""RTP time stamps of Opus count at this rate whatever the audio's own is (RFC 7587 §4.1)."""

_LONGEST: Final = 5760  # 120 ms

_FRAME: Final = tuple(
    (480, 960, 1920, 2880)[config % 4]  # SILK: 10, 20, 40, 60 ms
    if config < 12
    else (480, 960)[config % 2]  # hybrid
    if config < 16
    else (120, 240, 480, 960)[config % 4]  # CELT: 2.5, 5, 10, 20 ms
    for config in range(32)
)
_SAMPLES: Final = tuple(
    (_FRAME[toc >> 3] * (1, 2, 2, 0)[toc & 3])  # code 3 counts its frames in the second byte
    for toc in range(256)
)


def duration(payload: bytes) -> int:
    """Return how many samples at 48 kHz the packet holds; raise `OpusError` for a broken one."""
    if not payload:
        raise OpusError("An Opus packet of 0 bytes holds nothing: it needs at least 1.")
    samples = _SAMPLES[payload[0]]
    if samples == 0:
        if len(payload) < 2:
            raise OpusError("An Opus packet of code 3 ends before its frame count.")
        samples = _FRAME[payload[0] >> 3] * (payload[1] & 63)
    if not 0 < samples <= _LONGEST:
        raise OpusError(f"An Opus packet holds {samples / 48} ms; 2.5 to 120 are allowed.")
    return samples


def has_fec(payload: bytes) -> bool:
    """Tell whether the packet carries its predecessor too (low bit-rate redundancy, LBRR).

    Only SILK and hybrid frames can. A SILK frame begins with one voice-activity flag for each
    20 ms and then the LBRR flag, as plain bits (the range coder writes them so: RFC 6716 §4.2.3).
    """
    if len(payload) < 2 or (config := payload[0] >> 3) >= 16:
        return False
    code = payload[0] & 3
    if code < 2:
        first = 1
    elif code == 2:
        first = 2 if payload[1] < 252 else 3
    else:
        return _fec_of_code_3(payload, config)
    return _lbrr_flag(payload, first, config)


def _fec_of_code_3(payload: bytes, config: int) -> bool:
    count, first = payload[1] & 63, 2
    if payload[1] & 64:  # padding: its length, in bytes of up to 254
        while first < len(payload) and payload[first] == 255:
            first += 1
        first += 1
    if payload[1] & 128:  # variable sizes: one length for each frame but the last
        for _ in range(count - 1):
            first += 1 if first < len(payload) and payload[first] < 252 else 2
    return _lbrr_flag(payload, first, config)


def _lbrr_flag(payload: bytes, first: int, config: int) -> bool:
    if first >= len(payload):
        return False
    frames = max(1, _FRAME[config] // 960)
    bits = payload[first]
    if payload[0] & 4:  # stereo: mid first; either channel's flag counts
        return bool(bits >> (7 - frames) & 1 or bits >> (6 - 2 * frames) & 1)
    return bool(bits >> (7 - frames) & 1)
