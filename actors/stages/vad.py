"""The actor that tells who speaks."""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np
import trio

from actors.stages.detectors import (
    SAMPLE_RATE,
    Detector,
    MakeDetector,
    default_detector,
)
from actors.stages.echo_guard import EchoGuard, Reference
from actors.stages.errors import EngineFailedError
from actors.stages.messages import VoicedFrame
from media import AudioFrame, Samples
from runtime import Actor, Context, In, Out, Overflow

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
    playing = In[AudioFrame](
        optional=True,
        capacity=64,
        overflow=Overflow.DROP_OLDEST,
        missed="the agent takes its own voice, back through a loudspeaker, for a person's; "
        "wire what it says to it (microphone.wire)",
    )
    # Not the agent's speech, though that comes in here too.
    voiced = Out[VoicedFrame](spoken=False)

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
