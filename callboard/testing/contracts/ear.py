"""The contract of ears."""

import numpy as np
import trio
from numpy.typing import NDArray

from actors.stages.protocols import Ear, Heard, InThread
from actors.stages.utterance import Utterance
from callboard.testing.contracts.engine import EngineContract, collect
from callboard.testing.synthetic import synthesize
from callboard.testing.words import plain
from media import AudioFrame

_FRAME = 320


class EarContract(EngineContract[Ear]):
    """What `Hearing` relies on, whatever the ear understands.

    Override `speech` with a recording (mono, 16 kHz) and `words` with what is said in it, and the
    words are checked too.
    """

    words: str | None = None

    def speech(self) -> NDArray[np.int16]:
        """A person's utterance: int16 `[n]`, 16 kHz."""
        return synthesize("hello there")

    def listen(self, speech: NDArray[np.int16]) -> list[Heard]:
        """Everything that the ear gives when `speech` comes in real time, frame by frame."""

        async def use(ear: Ear, in_thread: InThread) -> list[Heard]:
            utterance = Utterance(1, 16000, "alice")

            async def feed() -> None:
                for start in range(0, len(speech) - _FRAME + 1, _FRAME):
                    await trio.sleep(0.02)
                    utterance.append(AudioFrame(speech[start : start + _FRAME, None], 16000))
                utterance.end()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(feed)
                heard = await collect(ear.hear(utterance, in_thread))
                assert utterance.ended, "the ear ended before the person did"
            return heard

        return self.run(use)

    def test_it_ends_with_exactly_one_final(self) -> None:
        """`Hearing` takes the final transcript for the end of the turn."""
        heard = self.listen(self.speech())
        assert [item.final for item in heard] == [False] * (len(heard) - 1) + [True]

    def test_it_understands_the_words(self) -> None:
        """Only checked where the test gives both a recording and its words."""
        if self.words is not None:
            heard = self.listen(self.speech())[-1].text
            assert plain(heard) == plain(self.words)

    def test_silence_is_no_words(self) -> None:
        """A cough or a click opens a turn in which nothing is said."""
        assert self.listen(np.zeros(16000, np.int16))[-1].text.strip() == ""

    def test_an_utterance_without_audio_is_no_words(self) -> None:
        """A restarted stage may find its turn already over."""
        heard = self.listen(np.zeros(0, np.int16))
        assert [(item.text.strip(), item.final) for item in heard] == [("", True)]

    def test_it_serves_two_people_at_once(self) -> None:
        """One engine serves many calls: state lives in the generator's own frame."""
        alone = self.listen(self.speech())[-1]

        async def use(ear: Ear, in_thread: InThread) -> list[Heard]:
            finals: list[Heard] = []

            async def one(name: str) -> None:
                utterance = Utterance(1, 16000, name)
                utterance.append(AudioFrame(self.speech()[:, None], 16000))
                utterance.end()
                finals.append((await collect(ear.hear(utterance, in_thread)))[-1])

            async with trio.open_nursery() as nursery:
                nursery.start_soon(one, "alice")
                nursery.start_soon(one, "bob")
            return finals

        assert [plain(final.text) for final in self.run(use)] == [plain(alone.text)] * 2

    def test_it_can_be_cancelled_at_any_time(self) -> None:
        """Hanging up in mid-sentence ends the ear at once, and leaves nothing behind."""

        async def use(ear: Ear, in_thread: InThread) -> bool:
            utterance = Utterance(1, 16000, "alice")
            utterance.append(AudioFrame(self.speech()[:, None], 16000))
            with trio.move_on_after(5) as scope:
                await collect(ear.hear(utterance, in_thread))
            return scope.cancelled_caught

        assert self.run(use), "the ear ended although the utterance had not"
