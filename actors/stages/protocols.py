"""Protocols of engines: an ear (STT), a mind (LLM) and a voice (TTS), each one method.

An engine is an ordinary object, made before the graph and passed to a stage. It may serve many
calls at once, so a method keeps its state in its own frame. Each method is an async generator (or
returns one): the stage iterates it inside the turn's cancel scope and closes it on every path.
What blocks (a model on onnxruntime) goes through `in_thread`, which the stage gives; an engine
that talks to a server ignores it. An engine raises whatever it likes when it fails: the stage
says so aloud.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from actors.stages.messages import Snapshot, Word
from media import AudioFrame
from runtime import InThread

PAUSE = 0.06
"""Seconds without a new frame after which the person is taken to pause: three frames."""


class Utterance:
    """The audio of a turn so far, for an ear to read by frames or as a whole.

    `Hearing` appends to it while the ear works. While the person pauses no frames come: `Turns`
    holds the silence back, and sends it once the person goes on. So an ear may decode in the pause
    and be ready when the turn ends. For one reader; mono, one sample rate.
    """

    def __init__(self, turn: int, sample_rate: int = 16000, source: str | None = None) -> None:
        self.turn = turn
        """The turn that the audio belongs to."""
        self.source = source
        """The participant who speaks."""
        self.sample_rate = sample_rate
        """Hz of the audio, mono."""
        self._pieces: list[NDArray[np.int16]] = []
        self._length = 0
        self._read = 0
        self._ended = False
        self._news = trio.Event()

    def __len__(self) -> int:
        """Return the samples so far."""
        return self._length

    @property
    def ended(self) -> bool:
        """True when no more audio will come."""
        return self._ended

    def append(self, frame: AudioFrame) -> None:
        """Add a frame, as `Hearing` does."""
        self._pieces.append(frame.mono().samples[:, 0])
        self._length += len(frame)
        self._wake()

    def end(self) -> None:
        """Say that no more audio will come."""
        self._ended = True
        self._wake()

    def samples(self, start: int = 0) -> NDArray[np.int16]:
        """Return all samples from `start` on, int16 `[n]`."""
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0][start:] if self._pieces else np.zeros(0, np.int16)

    async def wait_beyond(self, length: int, *, enough: int) -> None:
        """Wait for `enough` samples beyond `length`, or any and then a pause, or the end.

        Returns at once when the utterance has ended. A cancellation loses nothing.
        """
        while not self._ended and self._length - length < enough:
            news = self._news
            if self._length == length:
                await news.wait()
                continue
            with trio.move_on_after(PAUSE) as pause:
                await news.wait()
            if pause.cancelled_caught:
                return
        await trio.lowlevel.checkpoint()

    def __aiter__(self) -> Utterance:
        return self

    async def __anext__(self) -> AudioFrame:
        """Give what came since the last time, as one frame; ends with the utterance."""
        while self._read == self._length:
            if self._ended:
                raise StopAsyncIteration
            await self._news.wait()
        fresh = self.samples(self._read)
        frame = AudioFrame(fresh[:, None], self.sample_rate, self._read, self.turn, self.source)
        self._read = self._length
        return frame

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


@attrs.frozen
class Heard:
    """The reading of an utterance so far, the whole of it."""

    text: str
    """The words."""
    final: bool
    """No other reading follows."""


@attrs.frozen
class Spoken:
    """A stretch of a clause's audio and the words in it, timed from the stretch's first sample."""

    audio: AudioFrame
    """Mono, at the rate of the voice."""
    words: tuple[Word, ...] = ()
    """Each word with its times."""


class Ear(Protocol):
    """Speech to text: an engine for `Hearing`."""

    @property
    def language(self) -> str:
        """BCP-47 tag, such as "en"."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load what the first utterance would wait for. Idempotent."""

    def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Read one utterance while it grows; end with one `Heard(final=True)`."""
        ...


class Mind(Protocol):
    """A conversation in, the agent's reply out: an engine for `Thinking`."""

    @property
    def language(self) -> str:
        """BCP-47 tag, such as "en"."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load or connect what the first reply would wait for. Idempotent."""

    def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the reply in pieces of any size; joined as they are, they are the reply."""
        ...


class Voice(Protocol):
    """Text to speech: an engine for `Speaking`."""

    @property
    def language(self) -> str:
        """BCP-47 tag, such as "en"."""
        ...

    @property
    def sample_rate(self) -> int:
        """Hz of every frame that it gives, mono."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load what the first clause would wait for. Idempotent."""

    def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say one clause or sentence."""
        ...
