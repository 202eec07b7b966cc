"""Which format a device's audio has on its way to the call."""

from media import AudioFormat

OPUS_RATES = frozenset((8000, 12000, 16000, 24000, 48000))
"""Rates that a call encodes as they are (RFC 6716, section 2)."""

WIRE_RATE = 48_000
"""What every other rate is brought to."""

FRAMES_PER_SECOND = 50


def wire_format(sample_rate: int, channels: int) -> AudioFormat:
    """The format in which a call takes audio of this one without resampling it again."""
    return AudioFormat(sample_rate if sample_rate in OPUS_RATES else WIRE_RATE, channels)
