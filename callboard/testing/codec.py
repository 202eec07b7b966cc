"""How audio is packed in a lab: not at all, or as real Opus."""

from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from callboard.testing.errors import LabError
from callboard.testing.mouth import RATE
from media import Samples
from media.jitter import Decoder
from media.l16 import L16Decoder, L16Encoder
from media.opus import OpusDecoder, OpusEncoder

LOUDSPEAKER_RATE = 48_000
"""Samples a second that people hear in a lab: what the call sends."""


class Encoder(Protocol):
    """Samples to a payload."""

    def encode(self, samples: Samples) -> bytes:
        """Encode int16 `[n, 1]`."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


@attrs.frozen
class Codec:
    """One way to pack 20 ms of audio.

    Attributes:
        clock_rate: ticks a second of its time stamps, as people send it.
        encoder: makes a person's encoder, of 16 kHz.
        decoder: makes a person's decoder, to 48 kHz.
    """

    name: str
    clock_rate: int
    encoder: Callable[[], Encoder]
    decoder: Callable[[], Decoder]

    def silence(self) -> bytes:
        """What an agent that says nothing sends."""
        if self.name == "l16":
            return bytes(2 * LOUDSPEAKER_RATE // 50)
        encoder = OpusEncoder(LOUDSPEAKER_RATE)
        payload = encoder.encode(np.zeros((LOUDSPEAKER_RATE // 50, 1), np.int16))
        encoder.close()
        return payload


CODECS = {
    "l16": Codec("l16", RATE, lambda: L16Encoder(RATE), lambda: L16Decoder(LOUDSPEAKER_RATE)),
    "opus": Codec("opus", 48_000, lambda: OpusEncoder(RATE), lambda: OpusDecoder(LOUDSPEAKER_RATE)),
}


def codec(name: str) -> Codec:
    """The codec of that name.

    Raises:
        LabError: there is none.
    """
    if name not in CODECS:
        raise LabError(f"a lab packs audio as {' or '.join(map(repr, CODECS))}, not as {name!r}")
    return CODECS[name]
