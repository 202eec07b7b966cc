"""Engines of the tests, each of which does one thing, and the embedded voice, heard at once."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from actors.stages.messages import Snapshot, Word
from actors.stages.protocols import Heard, InThread, Spoken, Utterance
from actors.stages.voices.hibari import HibariVoice
from media import AudioFrame


@attrs.frozen
class Counting:
    """An ear whose reading is the number of samples; it fails in the given calls."""

    fails: Sequence[int] = ()
    calls: list[int] = attrs.field(factory=list)
    language: str = "en"
    unfinished: bool = False

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        self.calls.append(utterance.turn)
        async for _ in utterance:
            if len(self.calls) - 1 in self.fails:
                raise RuntimeError("a secret that somebody said")
            yield Heard(str(len(utterance)), final=False)
        if not self.unfinished:
            yield Heard(f"{len(utterance)} samples", final=True)


@attrs.frozen
class Pieces:
    """A mind that gives its pieces, one every 0.1 s, and fails before one of them in some lives."""

    pieces: Sequence[str] = ("One. ", "Two. ", "Three.")
    fails: Sequence[int] = ()
    at: int = 1
    calls: list[Snapshot] = attrs.field(factory=list)
    language: str = "en"
    hangs: bool = False

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        self.calls.append(conversation)
        if self.hangs:
            await trio.sleep_forever()
        for index, piece in enumerate(self.pieces):
            if index == self.at and len(self.calls) - 1 in self.fails:
                raise RuntimeError("a secret that somebody said")
            await trio.sleep(0.1)
            yield piece


@attrs.frozen
class Beeps:
    """A voice that says 0.1 s a word, each clause at its own level; it fails at some of them."""

    fails: Mapping[str, int] = {}
    """How often a clause fails."""
    rate: int = 16000
    calls: list[str] = attrs.field(factory=list)
    language: str = "en"
    sample_rate: int = 16000

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        self.calls.append(text)
        if self.calls.count(text) <= self.fails.get(text, 0):
            raise RuntimeError("a secret that somebody said")
        words = text.split()
        level = 1000 * sum(map(ord, text)) // 100
        samples = np.full((len(words) * 1600, 1), level % 30000, np.int16)
        timed = tuple(Word(word, i / 10, i / 10 + 0.1) for i, word in enumerate(words))
        yield Spoken(AudioFrame(samples, self.rate), timed)


def embedded_voice(text: str) -> NDArray[np.int16]:
    """What the embedded voice says, 24 kHz."""

    async def at_once(function: Callable[..., Any], /, *arguments: object) -> Any:
        return function(*arguments)

    async def pieces() -> list[NDArray[np.int16]]:
        return [said.audio.samples[:, 0] async for said in HibariVoice().speak(text, at_once)]

    try:  # it waits for nothing, so it needs no loop, and may run within one
        pieces().send(None)
    except StopIteration as done:
        return np.concatenate(done.value)
    raise AssertionError("the voice waits for more than its thread")
