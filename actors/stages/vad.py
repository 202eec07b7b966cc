"""The actor that tells who speaks, and the detectors that it may use."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable
from typing import Final, Protocol, cast

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from actors.errors import EngineFailedError
from actors.stages.echo_guard import EchoGuard, Reference
from actors.stages.messages import VoicedFrame
from media import AudioFrame, Samples
from runtime import Actor, Context, In, Out, Overflow, SpeechRole

SAMPLE_RATE: Final = 16000
"""Hz that every detector hears."""


class Detector(Protocol):
    """Tells speech from everything else in one stream of audio, in order.

    It may carry state from frame to frame, so each speaker has a detector of their own.
    """

    def hear(self, samples: Samples) -> bool:
        """Take the next samples (int16 `[n, 1]` at 16 kHz) and return whether they are speech."""
        ...


MakeDetector = Callable[[], Detector]


def default_detector() -> MakeDetector:
    """Return earshot where it is installed, else webrtcvad, which always is.

    In steady noise (5 dB SNR) webrtcvad takes most of the noise for speech, earshot 5 % of it.
    """
    return EarshotDetector if importlib.util.find_spec("earshot") else WebRtcDetector


class _WindowedDetector:
    """Asks for each whole window of a stream; what fills none is held for the next call."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = np.zeros(0, np.int16)
        self._speech = False

    def hear(self, samples: Samples) -> bool:
        """See `Detector.hear`."""
        held = np.concatenate([self._held, samples[:, 0]])
        whole = len(held) // self._size * self._size
        self._held = held[whole:]
        for at in range(0, whole, self._size):
            self._speech = self._is_speech(held[at : at + self._size])
        return self._speech

    def _is_speech(self, window: NDArray[np.int16]) -> bool:
        raise NotImplementedError


class EarshotDetector(_WindowedDetector):
    """A small network, 12 µs a window of 16 ms. The package `earshot` loads on use.

    Speech is a window that scores `threshold` or more; the last whole window counts. A frame that
    completes no window repeats the last answer.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        import earshot  # noqa: PLC0415  (optional)

        self._detector = earshot.Detector()
        self._threshold = threshold
        super().__init__(256)

    def _is_speech(self, window: NDArray[np.int16]) -> bool:
        return self._detector.predict_i16(window) >= self._threshold


class _Vad(Protocol):
    """The part of `webrtcvad.Vad` that is used here; it has no types."""

    def is_speech(self, buf: bytes, sample_rate: int) -> bool: ...


class WebRtcDetector(_WindowedDetector):
    """WebRTC's Gaussian mixtures: everywhere, 3 µs a frame of 20 ms, helpless in noise.

    Speech is what the mixtures say at `aggressiveness` 0 to 3 (3 takes the least for speech).
    """

    def __init__(self, aggressiveness: int = 3) -> None:
        module = importlib.import_module("webrtcvad")
        self._vad = cast("_Vad", module.Vad(aggressiveness))
        super().__init__(320)

    def _is_speech(self, window: NDArray[np.int16]) -> bool:
        return self._vad.is_speech(window.tobytes(), SAMPLE_RATE)


_SILENCE: Final = -78.0
"""dBFS under which nobody speaks: no detector is asked. Such noise peaks at 16 of 32768."""

_MOST_SOURCES: Final = 64
"""Detectors that are kept; the source that was heard longest ago loses its own."""


@attrs.frozen
class Vad(Actor):
    """Marks each frame as speech or not, with one detector a source.

    With the agent's own voice wired to `playing` (`microphone.wire >> vad.playing`), what comes
    back of it through a loudspeaker is not taken for speech.

    Attributes:
        detector: makes a detector; earshot where it is installed, else webrtcvad.
    """

    detector: MakeDetector = attrs.field(factory=default_detector, repr=False)

    audio = In[AudioFrame](optional=True, capacity=16, overflow=Overflow.DROP_OLDEST)
    """16 kHz mono, each frame with its source, as `call.voices` gives it."""
    playing = In[AudioFrame](
        optional=True,
        capacity=64,
        overflow=Overflow.DROP_OLDEST,
        missed="the agent takes its own voice, back through a loudspeaker, for a person's; "
        "wire what it says to it (microphone.wire)",
    )
    """What the agent says, from its microphone."""
    # Not the agent's speech, though that comes in here too.
    voiced = Out[VoicedFrame](speech=SpeechRole.ENDS)
    """Each frame with the verdict, in order."""

    async def run(self, ctx: Context) -> None:
        """Live once; every life starts with fresh detectors."""
        voice = Reference()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_voice, ctx, voice)
            await self._judge(ctx, voice)
            nursery.cancel_scope.cancel()

    async def _follow_voice(self, ctx: Context, voice: Reference) -> None:
        async for frame in self.playing:
            voice.play(frame, ctx.now())

    async def _judge(self, ctx: Context, voice: Reference) -> None:
        ears: dict[str | None, _Ear] = {}
        guarded = self.playing.wired
        async for frame in self.audio:
            if frame.sample_rate != SAMPLE_RATE or frame.channels != 1:
                raise EngineFailedError(
                    f"Voice detection got {frame.format}; it hears {SAMPLE_RATE} Hz mono, which "
                    "Call.voices and a Speaker(sample_rate=16000) give."
                )
            # Popped and put back: the dictionary's order tells who was heard last.
            ear = ears.pop(frame.source, None) or _Ear(self.detector(), EchoGuard(voice))
            ears[frame.source] = ear
            if len(ears) > _MOST_SOURCES:
                del ears[next(iter(ears))]
            judged = judge(frame, ear.detector)
            if guarded and ear.guard.is_echo(judged, ctx.now()):
                judged = attrs.evolve(judged, speech=False, echo=True)
            await self.voiced.send(judged)


@attrs.frozen
class _Ear:
    """What is kept of one source."""

    detector: Detector
    guard: EchoGuard


def judge(frame: AudioFrame, detector: Detector) -> VoicedFrame:
    """Return the frame with its level and what `detector` says of it."""
    samples = frame.samples
    level = _dbfs(samples)
    speech = level >= _SILENCE and detector.hear(samples)
    return VoicedFrame(frame, speech, level, frame.source, frame.turn)


def _dbfs(samples: Samples) -> float:
    flat = samples.astype(np.float32).ravel()
    power = float(flat.dot(flat))  # as a method it goes to BLAS directly, in half the time of `@`
    return 10 * math.log10(power / (flat.size * 32768.0**2)) if power else -math.inf
