"""The actor that plays music while the agent takes its time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs
import numpy as np
import trio

from actors.messages import State
from media import AudioFrame
from media.wav import read_wav
from runtime import Actor, Context, In, Out, Overflow, Pacer, SpeechRole, Work

_PERIOD: Final = 0.02


@attrs.frozen
class HoldMusic(Actor):
    """Plays a file, over and over, while the agent thinks longer than `after` seconds.

        turns.state >> music.state, music.audio >> call.microphone

    It goes on where it stopped, fades in and out within a frame, and is live audio: it never
    delays what the agent says.

    Attributes:
        path: a WAV file.
        after: seconds of thinking before it begins.
        gain: how loud, in dB; music at full level drowns a voice.
    """

    path: Path = attrs.field(converter=Path)
    after: float = attrs.field(default=1.0, validator=attrs.validators.ge(0), kw_only=True)
    gain: float = attrs.field(default=-18.0, validator=attrs.validators.le(0), kw_only=True)

    state = In[State](capacity=16, overflow=Overflow.DROP_OLDEST)
    """What the agent is doing, from `Turns`."""
    audio = Out[AudioFrame](speech=SpeechRole.ENDS, capacity=3, overflow=Overflow.DROP_OLDEST)
    """The music, in frames of 20 ms."""

    async def run(self, ctx: Context) -> None:
        """Play until the stream of states ends; raises `NotAWavError` where it is none."""
        music = (await ctx.in_thread(read_wav, self.path, work=Work.IO)).scaled(
            10 ** (self.gain / 20)
        )
        if len(music) < music.sample_rate // 50:
            return
        at = 0
        state = State("listening")
        while True:
            if state.state != "thinking":
                try:
                    state = await self.state.receive()
                except trio.EndOfChannel:
                    return
                continue
            with trio.move_on_after(self.after) as waiting:
                state = await self._next(state)
            if waiting.cancelled_caught:
                at, state = await self._play(music, at, state)

    async def _next(self, before: State) -> State:
        """Wait for another state than this one."""
        while True:
            try:
                state = await self.state.receive()
            except trio.EndOfChannel:
                await trio.sleep_forever()
            if state != before:
                return state

    async def _play(self, music: AudioFrame, at: int, state: State) -> tuple[int, State]:
        """Play from sample `at` until the state changes; return where it stopped, and the state."""
        pacer = Pacer(_PERIOD)
        step = music.sample_rate // 50
        ramp = np.linspace(0.0, 1.0, step, dtype=np.float32)[:, None]
        first = True
        while True:
            try:
                changed = self.state.receive_nowait()
            except trio.WouldBlock:
                changed = None
            except trio.EndOfChannel:
                changed = State("listening")
            over = changed is not None and changed != state
            samples = np.take(music.samples, np.arange(at, at + step), axis=0, mode="wrap")
            if first or over:
                samples = (samples * (ramp if first else ramp[::-1])).astype(np.int16)
            first = False
            at = (at + step) % len(music)
            await self.audio.send(AudioFrame(samples, music.sample_rate))
            if over:
                assert changed is not None
                return at, changed
            await pacer.wait()
