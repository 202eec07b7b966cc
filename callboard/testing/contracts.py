"""Contracts of engines, as test classes to inherit from.

A new engine's test is a class with one method:

    class TestMyVoice(VoiceContract):
        def make(self) -> Voice:
            return MyVoice()

They run in virtual time, with `in_thread` done by one real worker thread while the clock stands.
An engine that talks to a server overrides `run` to start its fake server around `super().run`.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

import numpy as np
import trio
from numpy.typing import NDArray

from actors.stages.messages import Item, Snapshot
from actors.stages.protocols import Ear, Heard, InThread, Mind, Spoken, Utterance, Voice
from callboard.testing.clock import Jobs, run_virtual
from callboard.testing.synthetic import plain, synthesize
from media import AudioFrame
from media.formats import SAMPLE_RATES

_T = TypeVar("_T")
_Y = TypeVar("_Y")


_EngineT = TypeVar("_EngineT", bound=Ear | Mind | Voice)


class EngineContract(Generic[_EngineT]):
    """Tests that hold for any engine."""

    def make(self) -> _EngineT:
        """Return a new engine, ready for use: override it."""
        raise NotImplementedError("a contract's subclass says by make() which engine it is about")

    def run(self, use: Callable[[_EngineT, InThread], Awaitable[_T]]) -> _T:
        """Call `use(engine, in_thread)` in virtual time and give its result."""

        async def main() -> _T:
            jobs = Jobs()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(jobs.serve)
                result = await use(self.make(), jobs.run)
                nursery.cancel_scope.cancel()
            return result

        return run_virtual(main)

    def test_its_language_is_a_tag(self) -> None:
        """It has letters, digits and hyphens, as BCP 47 says."""

        async def use(engine: _EngineT, _in_thread: InThread) -> str:
            return engine.language

        language = self.run(use)
        parts = language.split("-")
        assert parts[0].isalpha(), f"{language!r} does not begin with a language"
        assert all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)

    def test_warming_twice_is_as_good_as_once(self) -> None:
        """A stage warms its engine in every life."""

        async def use(engine: _EngineT, in_thread: InThread) -> None:
            await engine.warm(in_thread)
            await engine.warm(in_thread)

        self.run(use)


async def collect(generator: AsyncGenerator[_Y, None]) -> list[_Y]:
    """Everything that an engine gives, closed as a stage closes it."""
    async with aclosing(generator) as items:
        return [item async for item in items]


async def pieces_until_cut(generator: AsyncGenerator[object, None]) -> int:
    """How many pieces an engine gives whose turn is cancelled at the first."""
    pieces = 0
    with trio.CancelScope() as turn:
        async with aclosing(generator) as items:
            async for _ in items:
                pieces += 1
                turn.cancel()
                await trio.lowlevel.checkpoint()
    return pieces


async def twice_at_once(use: Callable[[], Awaitable[_Y]]) -> list[_Y]:
    """The results of two uses that run side by side."""
    results: list[_Y] = []

    async def one() -> None:
        results.append(await use())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    return results


_FRAME = 320


class EarContract(EngineContract[Ear]):
    """Tests of an ear: everything that `Hearing` relies on.

    Override `speech` with a recording (mono, 16 kHz) and `words` with what is said in it, and the
    words are checked too.
    """

    words: str | None = None
    """What is said in `speech`; None: the words are not checked."""

    def speech(self) -> NDArray[np.int16]:
        """Return a person's utterance: int16 `[n]`, 16 kHz."""
        return synthesize("hello there")

    def listen(self, speech: NDArray[np.int16]) -> list[Heard]:
        """Return everything that the ear gives when `speech` comes in real time, frame by frame."""

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

        async def use(ear: Ear, in_thread: InThread) -> list[str]:
            names = iter(("alice", "bob"))

            async def one() -> str:
                utterance = Utterance(1, 16000, next(names))
                utterance.append(AudioFrame(self.speech()[:, None], 16000))
                utterance.end()
                return plain((await collect(ear.hear(utterance, in_thread)))[-1].text)

            return await twice_at_once(one)

        assert self.run(use) == [plain(alone.text)] * 2

    def test_it_can_be_cancelled_at_any_time(self) -> None:
        """Hanging up in mid-sentence ends the ear at once, and leaves nothing behind."""

        async def use(ear: Ear, in_thread: InThread) -> bool:
            utterance = Utterance(1, 16000, "alice")
            utterance.append(AudioFrame(self.speech()[:, None], 16000))
            with trio.move_on_after(5) as scope:
                await collect(ear.hear(utterance, in_thread))
            return scope.cancelled_caught

        assert self.run(use), "the ear ended although the utterance had not"


class MindContract(EngineContract[Mind]):
    """Tests of a mind: everything that `Thinking` relies on."""

    question: str = "Hello."
    """What it is asked."""

    def ask(self, *items: Item) -> str:
        """Return the whole reply to a conversation."""

        async def use(mind: Mind, in_thread: InThread) -> str:
            return "".join(await collect(mind.reply(Snapshot(items, turn=1), in_thread)))

        return self.run(use)

    def test_it_answers(self) -> None:
        """Something, in bounded time: silence without an event is a bug."""
        assert self.ask(Item("user", self.question, 1)).strip()

    def test_it_answers_in_mid_conversation_and_after_a_cut_reply(self) -> None:
        """The history holds what was heard, so an agent's last item may end anywhere."""
        reply = self.ask(
            Item("user", self.question, 1),
            Item("agent", "Well, the", 1, cut=True),
            Item("user", self.question, 2),
        )
        assert reply.strip()

    def test_every_piece_is_text(self) -> None:
        """Pieces are joined as they are: an empty one says nothing and is not given."""

        async def use(mind: Mind, in_thread: InThread) -> list[str]:
            asked = Snapshot((Item("user", self.question, 1),), turn=1)
            return await collect(mind.reply(asked, in_thread))

        assert all(self.run(use))

    def test_barge_in_ends_it_at_once(self) -> None:
        """The turn's scope is cancelled after the first piece; nothing more may come."""

        async def use(mind: Mind, in_thread: InThread) -> int:
            asked = Snapshot((Item("user", self.question, 1),), turn=1)
            return await pieces_until_cut(mind.reply(asked, in_thread))

        assert self.run(use) == 1

    def test_it_serves_two_conversations_at_once(self) -> None:
        """One engine serves many calls."""

        async def use(mind: Mind, in_thread: InThread) -> list[str]:
            async def one() -> str:
                asked = Snapshot((Item("user", self.question, 1),), turn=1)
                return "".join(await collect(mind.reply(asked, in_thread)))

            return await twice_at_once(one)

        assert all(reply.strip() for reply in self.run(use))


class VoiceContract(EngineContract[Voice]):
    """Tests of a voice: everything that `Speaking` and the memory of what was heard rely on."""

    clause: str = "Good morning, everybody."
    """What it is given to say."""

    def say(self, text: str) -> tuple[int, list[Spoken]]:
        """Return the voice's sample rate, and all stretches of `text`."""

        async def use(voice: Voice, in_thread: InThread) -> tuple[int, list[Spoken]]:
            return voice.sample_rate, await collect(voice.speak(text, in_thread))

        return self.run(use)

    def test_its_rate_is_one_that_devices_know(self) -> None:
        """A microphone resamples, from a known rate."""
        rate, _ = self.say(self.clause)
        assert rate in SAMPLE_RATES

    def test_all_audio_is_mono_at_its_rate(self) -> None:
        """The rate is told before the first clause, and kept."""
        rate, spoken = self.say(self.clause)
        assert spoken, "the voice said nothing"
        assert {(item.audio.sample_rate, item.audio.channels) for item in spoken} == {(rate, 1)}

    def test_the_words_are_those_of_the_text_in_order(self) -> None:
        """What was heard is cut from the text by these words."""
        _, spoken = self.say(self.clause)
        words = [word.text for item in spoken for word in item.words]
        assert _letters(" ".join(words)) == _letters(self.clause)

    def test_the_words_lie_inside_their_audio_and_do_not_run_back(self) -> None:
        """Times are seconds from the stretch's first sample."""
        _, spoken = self.say(self.clause)
        for item in spoken:
            at = 0.0
            for word in item.words:
                assert at <= word.start <= word.end <= item.audio.duration + 0.001, word
                at = word.start

    def test_text_without_a_sound_ends_at_once(self) -> None:
        """Punctuation alone may be silent; it must not fail or hang."""
        for text in ("", " ", "…"):
            _, spoken = self.say(text)
            assert sum(item.audio.duration for item in spoken) < 1.0

    def test_barge_in_ends_it_at_once(self) -> None:
        """The stage closes the generator after the first stretch."""

        async def use(voice: Voice, in_thread: InThread) -> int:
            return await pieces_until_cut(voice.speak(self.clause, in_thread))

        assert self.run(use) == 1

    def test_two_clauses_at_once_do_not_mix(self) -> None:
        """One engine serves many calls."""
        _, alone = self.say(self.clause)

        async def use(voice: Voice, in_thread: InThread) -> list[float]:
            async def one() -> float:
                spoken = await collect(voice.speak(self.clause, in_thread))
                return sum(item.audio.duration for item in spoken)

            return await twice_at_once(one)

        together = self.run(use)
        length = sum(item.audio.duration for item in alone)
        assert all(0.5 * length < seconds < 2 * length for seconds in together)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
