"""People of a lab: what they do when, as a test states it, and what their microphones pick up."""

from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from callboard.testing.errors import LabError
from callboard.testing.network import Network
from callboard.testing.synthetic import synthesize
from callboard.testing.timeline import Said
from media.resample import Resampler
from media.wav import read_wav

RATE = 16000
"""Samples a second of a person's microphone."""

FRAME = RATE // 50
"""Samples in a frame: 20 ms."""

SILENCE = bytes(2 * FRAME)
"""A frame in which nobody speaks."""


class MicrophonePickup:
    """Sounds, each at its moment, cut into frames. Sounds that overlap are added, and saturate."""

    def __init__(self) -> None:
        self._frames: dict[int, NDArray[np.int16]] = {}

    def speak(self, samples: NDArray[np.int16], at: float) -> float:
        """Let `samples` (mono, `[n]`, 16 kHz) sound from second `at`; return when they end."""
        start = round(at * RATE)
        position = 0
        while position < len(samples):
            index, offset = divmod(start + position, FRAME)
            part = samples[position : position + FRAME - offset]
            frame = self._frames.setdefault(index, np.zeros(FRAME, np.int16))
            place = slice(offset, offset + len(part))
            total = frame[place].astype(np.int32) + part
            frame[place] = np.clip(total, -32768, 32767)
            position += len(part)
        return (start + len(samples)) / RATE

    def frame(self, index: int) -> bytes:
        """The samples from `index * 0.02` s on, 640 bytes, little-endian."""
        frame = self._frames.get(index)
        return SILENCE if frame is None else frame.astype("<i2", copy=False).tobytes()


PITCHES = (115.0, 150.0, 100.0, 135.0, 190.0)
"""Hz of the voices of the first, second, ... person of a lab."""


@attrs.frozen
class Coming:
    """A person comes into the room."""

    at: float


@attrs.frozen
class Going:
    """A person leaves the room."""

    at: float


@attrs.frozen
class Typing:
    """A person sends data to the agent: a line of chat is `{"chat": text}`."""

    at: float
    data: object


Deed = Coming | Going | Typing

ECHO_DELAY = 0.04
"""The shortest way from a loudspeaker to a microphone: two packets."""


@attrs.frozen
class Loudspeaker:
    """How much of the agent's voice comes back, and how much later (seconds)."""

    level: float
    delay: float


class Person:
    """Somebody in the room with a microphone, a loudspeaker and a keyboard.

    Made by `lab.join`. All times are in seconds of the call. What is said or typed while the
    person is out of the room reaches nobody.
    """

    def __init__(self, name: str, identity: str, *, pitch: float) -> None:
        self.name = name
        """The person's name."""
        self.id = identity
        """Their id in the room."""
        self.network = Network()
        """The network between them and the agent; see `CallLab.wire`."""
        self.mouth = MicrophonePickup()
        """The sounds that their microphone picks up."""
        self.deeds: list[Deed] = []
        """Comings, goings and messages."""
        self.said: list[Said] = []
        """What they say, for the timeline."""
        self.loudspeaker: Loudspeaker | None = None
        """How their loudspeaker reaches their microphone; None: not at all."""
        self._pitch = pitch
        self._last = 0.0

    def says(self, text: str, *, at: float | None = None) -> "Person":
        """Say `text` in the synthetic voice, 60 ms a letter; without `at` 1 s after the last."""
        return self._sound(synthesize(text, RATE, pitch=self._pitch), text, at)

    def plays(self, wav: str | Path, *, at: float | None = None, text: str = "") -> "Person":
        """Play a WAV file into the microphone (any rate; two channels become one).

        A scripted ear cannot read a recording: leave `hearing` out of the script to let the
        agent's real ear listen. `text` is for the timeline.
        """
        recording = read_wav(Path(wav)).mono()
        samples = recording.samples
        if recording.sample_rate != RATE:
            resampler = Resampler(recording.sample_rate, RATE)
            samples = np.concatenate([resampler.process(samples), resampler.flush()])
        return self._sound(samples[:, 0], text or f"[{Path(wav).name}]", at)

    def listens_by_loudspeaker(self, *, level: float = 0.3, delay: float = 0.1) -> "Person":
        """Let the microphone pick up the agent, at `level` of its loudness, `delay` s later."""
        if not (level >= 0 and delay >= ECHO_DELAY):
            raise LabError(
                f"a loudspeaker has a level of 0 or more and a delay of {ECHO_DELAY} s or more; "
                f"level={level}, delay={delay}"
            )
        self.loudspeaker = Loudspeaker(level, delay)
        return self

    def types(self, text: str, *, at: float) -> "Person":
        """Send a line of the page's chat."""
        return self.sends({"chat": text}, at=at)

    def sends(self, data: object, *, at: float) -> "Person":
        """Send any JSON to everybody in the room."""
        self.deeds.append(Typing(_moment(at), data))
        return self

    def leaves(self, *, at: float) -> "Person":
        """Leave the room."""
        self.deeds.append(Going(_moment(at)))
        return self

    def returns(self, *, at: float) -> "Person":
        """Come back into the room."""
        self.deeds.append(Coming(_moment(at)))
        return self

    def _sound(
        self, samples: np.ndarray[tuple[int], np.dtype[np.int16]], text: str, at: float | None
    ) -> "Person":
        start = _moment(self._last + 1.0 if at is None else at)
        end = self.mouth.speak(samples, start)
        self.said.append(Said(start, end, self.name, text))
        self._last = end
        return self


def _moment(at: float) -> float:
    if at < 0:
        raise LabError(f"at={at} is before the call; give seconds from its beginning, 0 or more")
    return at
