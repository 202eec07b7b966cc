"""The contract of voices."""

from contextlib import aclosing

import trio

from actors.stages.protocols import InThread, Spoken, Voice
from callboard.testing.contracts.engine import EngineContract, collect
from media.formats import SAMPLE_RATES


class VoiceContract(EngineContract[Voice]):
    """What `Speaking` and the rule of what was heard rely on."""

    clause: str = "Good morning, everybody."

    def say(self, text: str) -> tuple[int, list[Spoken]]:
        """The voice's sample rate, and all stretches of `text`."""

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
            stretches = 0
            with trio.CancelScope() as turn:
                async with aclosing(voice.speak(self.clause, in_thread)) as spoken:
                    async for _ in spoken:
                        stretches += 1
                        turn.cancel()
                        await trio.lowlevel.checkpoint()
            return stretches

        assert self.run(use) == 1

    def test_two_clauses_at_once_do_not_mix(self) -> None:
        """One engine serves many calls."""
        _, alone = self.say(self.clause)

        async def use(voice: Voice, in_thread: InThread) -> list[float]:
            lengths: list[float] = []

            async def one() -> None:
                spoken = await collect(voice.speak(self.clause, in_thread))
                lengths.append(sum(item.audio.duration for item in spoken))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(one)
                nursery.start_soon(one)
            return lengths

        together = self.run(use)
        length = sum(item.audio.duration for item in alone)
        assert all(0.5 * length < seconds < 2 * length for seconds in together)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
