"""An ear that reads the synthetic voice, and takes as long as the script says."""

from collections.abc import AsyncGenerator

import attrs
import trio

from actors.stages.protocols import Heard, InThread
from actors.stages.utterance import Utterance
from callboard.testing.synthetic import Reader

_GLANCE = 0.1
"""Seconds of audio between two looks: a partial transcript per word, about."""


@attrs.frozen
class ScriptedEar:
    """Hears the letters that really arrived, through all that the audio went through.

    Attributes:
        delay: seconds from the end of the turn to its final transcript. Partial transcripts are
            as late behind the sound.
    """

    delay: float = 0.0
    language: str = "und"

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        """Read the utterance while it grows; spaces at its ends are left out."""
        reader = Reader(utterance.sample_rate)
        enough = round(_GLANCE * utterance.sample_rate)
        text, told, read = "", "", 0
        while True:
            await utterance.wait_beyond(read, enough=enough)
            now = trio.current_time()
            fresh = utterance.samples(read)
            read += len(fresh)
            text += "".join(letter.character for letter in reader.feed(fresh))
            if utterance.ended:
                break
            if text.strip() != told:
                await _wait_while_it_grows(utterance, now + self.delay)
                told = text.strip()
                yield Heard(told, final=False)
        await trio.sleep_until(now + self.delay)
        yield Heard(text.strip(), final=True)


async def _wait_while_it_grows(utterance: Utterance, deadline: float) -> None:
    """Wait until the deadline, or the end of the utterance if that comes first."""
    with trio.move_on_at(deadline):
        while not utterance.ended:
            await utterance.wait_beyond(len(utterance), enough=1)
