"""Engines that answer as a script says, and their exchange for an agent's own."""

from collections.abc import AsyncGenerator, Callable, Mapping

import attrs
import trio

from actors.stages.hearing import Hearing
from actors.stages.messages import Snapshot
from actors.stages.protocols import Heard, InThread, Spoken, Utterance
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from callboard.testing.errors import LabError, NotScriptedError
from callboard.testing.synthetic import Reader, plain, synthesize, words_of
from media import AudioFrame
from runtime import Actor, Graph

Reply = str | tuple[str, float]
"""A reply's text, or the text and the seconds until it begins."""

Replies = Mapping[str, Reply] | Callable[[str], Reply]
"""What is said → the reply. The key "*" answers whatever has no key of its own."""


@attrs.frozen
class Script:
    """How the stock stages behave in a lab; None leaves a stage its real engine.

    Attributes:
        hearing: seconds from the end of a turn to its final transcript.
        thinking: the replies.
        speaking: seconds from a text to its first sample.
    """

    hearing: float | None = None
    thinking: Replies | None = None
    speaking: float | None = None

    def __attrs_post_init__(self) -> None:
        for name, delay in (("hearing", self.hearing), ("speaking", self.speaking)):
            if delay is not None and delay < 0:
                raise LabError(f"{name} is a delay in seconds, 0 or more; {delay} is not")

    def answer(self, said: str) -> tuple[str, float]:
        """The reply to what was said, and its delay: case, punctuation and spacing do not matter.

        Raises:
            NotScriptedError: there is none.
        """
        if self.thinking is None:
            raise NotScriptedError(
                "the script has no thinking at all; give lab.script(thinking=...)"
            )
        if callable(self.thinking):
            return _with_delay(self.thinking(said))
        replies = {plain(key): reply for key, reply in self.thinking.items()}
        reply = replies.get(plain(said), self.thinking.get("*"))
        if reply is None:
            known = ", ".join(repr(key) for key in self.thinking)
            raise NotScriptedError(
                f"the agent was asked {said!r}, and the script answers only {known}; "
                'add it to lab.script(thinking=...), or the key "*" for everything else'
            )
        return _with_delay(reply)


def _with_delay(reply: Reply) -> tuple[str, float]:
    return (reply, 0.0) if isinstance(reply, str) else reply


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

    async def warm(self, in_thread: InThread) -> None: ...

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


def _raise(error: NotScriptedError) -> None:
    raise error


@attrs.frozen
class ScriptedMind:
    """Answers what the user said last.

    Attributes:
        script: with its `thinking`.
        missing: told of what the script has no answer to; raises by default.
    """

    script: Script
    missing: Callable[[NotScriptedError], None] = _raise
    language: str = "und"

    async def warm(self, in_thread: InThread) -> None: ...

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the scripted reply after its delay, a word at a time."""
        said = [item.text for item in conversation.items if item.role == "user"]
        try:
            text, delay = self.script.answer(said[-1] if said else "")
        except NotScriptedError as error:
            self.missing(error)
            return
        await trio.sleep(delay)
        *pieces, last = text.split(" ")
        for piece in pieces:
            yield piece + " "
        yield last


PITCH = 17 * 50 / 3
MELODY = (0, 2, 6, 2)
"""Agents speak higher than people do in a lab, at 17, 19 and 23 steps: primes, so that no person's
voice shares an overtone with theirs below 1.7 kHz, and none is taken for their echo."""


@attrs.frozen
class ScriptedVoice:
    """Says letters of 60 ms that a listener can read back, with exact word times.

    Attributes:
        delay: seconds from a clause to its first sample.
    """

    delay: float = 0.0
    language: str = "und"
    sample_rate: int = 24000

    async def warm(self, in_thread: InThread) -> None: ...

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        """Say the whole clause as one stretch of audio."""
        await trio.sleep(self.delay)
        if text:
            samples = synthesize(text, self.sample_rate, pitch=PITCH, melody=MELODY, clause=True)
            yield Spoken(AudioFrame(samples[:, None], self.sample_rate), words_of(text))


def scripted(graph: Graph, script: Script, missing: Callable[[NotScriptedError], None]) -> Graph:
    """The same graph with scripted engines in every `Hearing`, `Thinking` and `Speaking`.

    What the script leaves out keeps its own engine. `missing` is told what has no reply.
    """
    exchange: dict[Actor, Actor] = {}
    for actor in graph.actors:
        match actor:
            case Hearing() if script.hearing is not None:
                exchange[actor] = attrs.evolve(actor, ear=ScriptedEar(script.hearing))
            case Thinking() if script.thinking is not None:
                exchange[actor] = attrs.evolve(actor, mind=ScriptedMind(script, missing))
            case Speaking() if script.speaking is not None:
                exchange[actor] = attrs.evolve(actor, voice=ScriptedVoice(script.speaking))
            case _:
                pass
    return graph.replaced(exchange) if exchange else graph
