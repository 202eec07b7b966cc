"""What an engine is: an ear, a mind or a voice, each one method that a stage calls once a turn.

An engine is an ordinary object, made before the graph and passed to a stage. It may serve many
calls at once, so a method keeps its state in its own frame. Each method is an async generator (or
returns one): the stage iterates it inside the turn's cancel scope and closes it on every path.
What blocks (a model on onnxruntime) goes through `in_thread`, which the stage gives; an engine
that talks to a server ignores it. An engine raises whatever it likes when it fails: the stage
says so aloud.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeVar, TypeVarTuple

import attrs

from actors.stages.messages import Snapshot, Word
from actors.stages.utterance import Utterance
from media import AudioFrame

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class InThread(Protocol):
    """`Context.in_thread`: runs what blocks outside the Trio thread and returns its result."""

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `fn(*args)` in a worker thread; cancelling abandons it and drops its result."""
        ...


@attrs.frozen
class Heard:
    """What an ear has made of an utterance so far, the whole of it; the last one is `final`."""

    text: str
    final: bool


@attrs.frozen
class Spoken:
    """A stretch of a clause's audio and the words in it, timed from the stretch's first sample."""

    audio: AudioFrame
    words: tuple[Word, ...] = ()


class Ear(Protocol):
    """Speech to text."""

    @property
    def language(self) -> str:
        """BCP-47, such as "en"."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load what the first utterance would wait for. Idempotent."""
        ...

    def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Read one utterance while it grows; end with one `Heard(final=True)`."""
        ...


class Mind(Protocol):
    """A conversation in, the agent's reply out."""

    @property
    def language(self) -> str:
        """BCP-47."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load or connect what the first reply would wait for. Idempotent."""
        ...

    def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the reply in pieces of any size; joined as they are, they are the reply."""
        ...


class Voice(Protocol):
    """Text to speech."""

    @property
    def language(self) -> str:
        """BCP-47."""
        ...

    @property
    def sample_rate(self) -> int:
        """Hz of every frame that it gives, mono."""
        ...

    async def warm(self, in_thread: InThread) -> None:
        """Load what the first clause would wait for. Idempotent."""
        ...

    def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say one clause or sentence."""
        ...
