"""A person's end of the media: microphone to packets, packets to loudspeaker."""

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from callboard.testing.errors import LabError
from callboard.testing.network import Route
from callboard.testing.person import FRAME, RATE, Person
from callboard.testing.synthetic import read
from callboard.testing.timeline import Heard
from media import Samples
from media.jitter import Decoder, JitterBuffer, RtpPacket
from media.l16 import L16Decoder, L16Encoder
from media.opus import OpusDecoder, OpusEncoder
from media.resample import Resampler

LOUDSPEAKER_RATE = 48_000
"""Samples a second that people hear in a lab: what the call sends."""


@attrs.frozen
class Codec:
    """One way to pack 20 ms of audio.

    Attributes:
        clock_rate: ticks a second of its time stamps, as people send it.
        encoder: makes an encoder of a sample rate.
        decoder: makes a person's decoder, to 48 kHz.
    """

    name: str
    clock_rate: int
    encoder: Callable[[int], L16Encoder | OpusEncoder]
    decoder: Callable[[], Decoder]

    def silence(self) -> bytes:
        """The payload of an agent that says nothing."""
        encoder = self.encoder(LOUDSPEAKER_RATE)
        payload = encoder.encode(np.zeros((LOUDSPEAKER_RATE // 50, 1), np.int16))
        encoder.close()
        return payload


CODECS = {
    "l16": Codec("l16", RATE, L16Encoder, lambda: L16Decoder(LOUDSPEAKER_RATE)),
    "opus": Codec("opus", 48_000, OpusEncoder, lambda: OpusDecoder(LOUDSPEAKER_RATE)),
}


def codec(name: str) -> Codec:
    """The codec of that name.

    Raises:
        LabError: there is none.
    """
    if name not in CODECS:
        raise LabError(f"a lab packs audio as {' or '.join(map(repr, CODECS))}, not as {name!r}")
    return CODECS[name]


AUDIBLE = 64
"""The smallest sample that counts as sound: -54 dBFS."""

PAUSE = 0.1
"""Seconds of silence that end what was heard as one."""


class Listener:
    """Takes the frames that come out of a person's loudspeaker, in order of time."""

    def __init__(self, name: str, sample_rate: int) -> None:
        self._name = name
        self._rate = sample_rate
        self._heard: list[Heard] = []
        self._sounds: list[tuple[float, NDArray[np.int16]]] = []
        self._begin: float | None = None
        self._end = 0.0
        self._heard_now: list[NDArray[np.int16]] = []

    def play(self, samples: NDArray[np.int16], at: float) -> None:
        """Hear `samples` (mono, `[n]`) from second `at` on. Silence need not be given."""
        loud = np.flatnonzero((samples > AUDIBLE) | (samples < -AUDIBLE))
        if not len(loud):
            return
        begin = at + int(loud[0]) / self._rate
        if self._begin is not None and begin - self._end > PAUSE:
            self._finish()
        if self._begin is None:
            self._begin = begin
        self._end = at + (int(loud[-1]) + 1) / self._rate
        self._heard_now.append(samples)
        self._sounds.append((at, samples))

    def heard(self) -> list[Heard]:
        """Everything that came out of the loudspeaker."""
        self._finish()
        return list(self._heard)

    def recording(self, seconds: float) -> NDArray[np.int16]:
        """The same as sound, the first `seconds` with their silence: `[n]`."""
        recording = np.zeros(round(seconds * self._rate), np.int16)
        for at, samples in self._sounds:
            start = round(at * self._rate)
            part = samples[: max(0, len(recording) - start)]
            recording[start : start + len(part)] = part
        return recording

    def _finish(self) -> None:
        if self._begin is not None:
            # Read as a whole: a reader looks at many windows as fast as at one.
            text = read(np.concatenate(self._heard_now), self._rate)
            self._heard.append(Heard(self._begin, self._end, self._name, text))
        self._begin, self._heard_now = None, []


_TICKS = LOUDSPEAKER_RATE // 50


class FarSide:
    """One person's devices and the network between them and the agent.

    On a perfect network a packet sounds at the moment when it comes. On any other the person has
    a jitter buffer, the same as a call has.
    """

    def __init__(self, person: Person, codec: Codec, seed: str) -> None:
        self.person = person
        self.present = False
        self.upward = Route(person.network, f"{seed} {person.id} up")
        self._downward = Route(person.network, f"{seed} {person.id} down")
        self.listener = Listener(person.name, LOUDSPEAKER_RATE)
        self._raw = codec.name == "l16"
        self._encoder = codec.encoder(RATE)
        self._decoder = codec.decoder()
        self._silence = codec.silence()
        self._arriving: list[tuple[float, RtpPacket]] = []
        self._sequence = 0
        self._buffer = None if person.network.perfect else JitterBuffer(decoder=codec.decoder())
        self._echo = Resampler(LOUDSPEAKER_RATE, RATE)

    def say(self, index: int) -> bytes:
        """The packet sent at tick `index`: the 20 ms of sound before it."""
        frame = self.person.mouth.frame(index - 1)
        if self._raw:
            return frame
        return self._encoder.encode(np.frombuffer(frame, "<i2").reshape(FRAME, 1))

    def hear(self, payload: bytes | None, at: float) -> None:
        """Take what the agent sent at `at`; None is silence."""
        if self._buffer is None:
            if payload is not None or not self._raw or self.person.loudspeaker is not None:
                self._play(self._decoder.decode(payload or self._silence), at)
            return
        self._sequence += 1
        arrival = self._downward.arrival(at)
        if arrival is not None:
            stamp = (self._sequence * _TICKS) & 0xFFFFFFFF
            packet = RtpPacket(self._sequence & 0xFFFF, stamp, payload or self._silence)
            self._arriving.append((arrival, packet))
            self._arriving.sort(key=lambda each: each[0])
        while self._arriving and self._arriving[0][0] <= at:
            moment, packet = self._arriving.pop(0)
            self._buffer.push(packet, moment)
        self._play(self._buffer.pull(at), at)

    def _play(self, samples: Samples, at: float) -> None:
        self.listener.play(samples[:, 0], at)
        if (loudspeaker := self.person.loudspeaker) is not None:
            back = self._echo.process(samples)[:, 0] * loudspeaker.level
            self.person.mouth.speak(back.astype(np.int16), at + loudspeaker.delay)

    def close(self) -> None:
        self._encoder.close()
        self._decoder.close()
        if self._buffer is not None:
            self._buffer.close()
