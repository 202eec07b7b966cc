"""Hears a call: pulls each participant's jitter buffer once a tick, and mixes all."""

from collections import deque
from collections.abc import Callable, Iterable

import attrs

from actors.call.port import MediaKind, MediaPacket
from actors.errors import CallError
from media import AudioFrame
from media.jitter import JitterBuffer, JitterStatistics
from media.jitter.concealment import Decoder
from media.l16 import L16Decoder
from media.mix import mix
from media.opus import OpusDecoder

SAMPLE_RATE = 16_000
"""What speech recognition takes, and all that a telephone line carries twice over."""

SAMPLES = 320
"""Samples of a tick at 16 kHz."""

CATCH_UP = 5
"""Ticks that are made up for when the loop was late: as many frames as a live link holds."""

LAST_TICKS = 25
"""Ticks for which somebody who has left is heard at most: what had come of them by then."""

ENDED = 32
"""Voices whose figures are kept after they have gone: a call may last for weeks."""

Voice = tuple[str, MediaKind]
"""Whose track: a participant's id and its kind."""


@attrs.frozen
class HeardTick:
    """One tick: a frame for each voice that is there, and the mix of all that is heard.

    Attributes:
        voices: microphones.
        audio: the mix of them, of shared screens and of custom tracks.
        others: what is no voice, each frame with its kind.
    """

    voices: tuple[AudioFrame, ...]
    audio: AudioFrame
    others: tuple[tuple[MediaKind, AudioFrame], ...] = ()


class Listening:
    """All voices of one call, at `sample_rate` (one of those that Opus has), mono."""

    def __init__(self, sample_rate: int = SAMPLE_RATE) -> None:
        self._rate = sample_rate
        self._samples = sample_rate // 50
        self._buffers: dict[Voice, JitterBuffer] = {}
        self._ending: dict[Voice, int] = {}  # the ticks that are left
        self._pts = 0
        self._skipped = 0
        self._ended: deque[JitterStatistics] = deque(maxlen=ENDED)

    @property
    def skipped(self) -> int:
        """Ticks that were never heard because the loop was late by more than `CATCH_UP`."""
        return self._skipped

    def add(self, voice: Voice, packets: Iterable[MediaPacket]) -> None:
        """Give a voice its packets; the first makes its buffer."""
        for packet in packets:
            buffer = self._buffers.get(voice)
            if buffer is None:
                buffer = JitterBuffer(decoder=decoder_for(packet.codec, self._rate))
                self._buffers[voice] = buffer
            buffer.push(packet.packet, packet.arrived)

    def end(self, participant: str) -> None:
        """Hear what has come of a participant's voices to its end, and forget them then.

        Whoever leaves when they have spoken would lose the end of their last word otherwise: it
        waits in the buffer.
        """
        for voice in self._buffers:
            if voice[0] == participant:
                self._ending[voice] = LAST_TICKS

    def remove_voice(self, voice: Voice) -> None:
        if voice in self._buffers:
            self._end(voice)

    def tick(self, passed: int, now: float, hear: Callable[[HeardTick], None]) -> None:
        """Pull every buffer once for each tick that has passed, oldest first.

        A tick in which nobody is there is heard too: as a silent frame without a source. All
        frames of a tick have the same `pts`.
        """
        if passed > CATCH_UP:
            self._skipped += passed - CATCH_UP
            self._pts += (passed - CATCH_UP) * self._samples
            passed = CATCH_UP
        for late in range(passed - 1, -1, -1):
            hear(self._pull(now - late * self._samples / self._rate))

    def _pull(self, now: float) -> HeardTick:
        pts = self._pts
        self._pts += self._samples
        voices: list[AudioFrame] = []
        others: list[tuple[MediaKind, AudioFrame]] = []
        for voice, buffer in tuple(self._buffers.items()):
            participant, kind = voice
            frame = AudioFrame(buffer.pull(now), self._rate, pts=pts, source=participant)
            if voice in self._ending:
                self._ending[voice] -= 1
                if not (self._ending[voice] and buffer.statistics().waiting):
                    self._end(voice)
            # A film on a shared screen is heard, but it is no voice of who shares it.
            if kind == "microphone":
                voices.append(frame)
            else:
                others.append((kind, frame))
        if not voices:
            voices.append(AudioFrame.silence(self._samples, self._rate, pts=pts))
        if len(voices) == 1 and not others:
            return HeardTick(tuple(voices), voices[0])
        samples = mix([frame.samples for frame in (*voices, *(frame for _, frame in others))])
        return HeardTick(tuple(voices), AudioFrame(samples, self._rate, pts=pts), tuple(others))

    def statistics(self) -> dict[Voice, JitterStatistics]:
        return {voice: buffer.statistics() for voice, buffer in self._buffers.items()}

    def close(self) -> None:
        for voice in tuple(self._buffers):
            self._end(voice)

    def ended(self) -> tuple[JitterStatistics, ...]:
        """How the voices did that are gone, the last `ENDED` of them, oldest first."""
        return tuple(self._ended)

    def _end(self, voice: Voice) -> None:
        self._ending.pop(voice, None)
        buffer = self._buffers.pop(voice)
        self._ended.append(buffer.statistics())
        buffer.close()


def decoder_for(codec: str, sample_rate: int = SAMPLE_RATE) -> Decoder:
    """A decoder to `sample_rate` mono for what a port says that its packets hold.

    Raises:
        CallError: for a codec that calls do not take.
    """
    match codec:
        case "opus":
            return OpusDecoder(sample_rate, 1)
        case "l16":
            return L16Decoder(sample_rate, 1)
        case _:
            raise CallError(f"a call takes opus or l16, but a participant's audio is {codec!r}")
