"""A person's end of the media: microphone to packets, packets to loudspeaker."""

import numpy as np

from callboard.testing.codec import LOUDSPEAKER_RATE, Codec
from callboard.testing.entries import Heard
from callboard.testing.listener import Listener
from callboard.testing.mouth import FRAME, RATE
from callboard.testing.network import Route
from callboard.testing.person import Person
from media import Samples
from media.jitter import JitterBuffer, RtpPacket
from media.resample import Resampler

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
        self._listener = Listener(person.name, LOUDSPEAKER_RATE)
        self._raw = codec.name == "l16"
        self._encoder = codec.encoder()
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
        self._listener.play(samples[:, 0], at)
        if (loudspeaker := self.person.loudspeaker) is not None:
            back = self._echo.process(samples)[:, 0] * loudspeaker.level
            self.person.mouth.speak(back.astype(np.int16), at + loudspeaker.delay)

    def heard(self) -> list[Heard]:
        """Everything that came out of the loudspeaker."""
        return self._listener.heard()

    def recording(self, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        """The same as sound: int16 `[n]`, 48 kHz."""
        return self._listener.recording(seconds)

    def close(self) -> None:
        """Free the codec."""
        self._encoder.close()
        self._decoder.close()
        if self._buffer is not None:
            self._buffer.close()
