"""What people say stands in no log, report, event or exception text, whatever fails."""

import logging
from collections.abc import AsyncGenerator, Generator, MutableMapping
from contextlib import aclosing

import attrs
import pytest
import structlog
from talking import assistant_with

from actors.stages.hearing import Hearing
from actors.stages.messages import Snapshot
from actors.stages.protocols import Heard, InThread, Spoken, Utterance
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from callboard.testing.plugin import MakeLab
from callboard.testing.scripted import ScriptedEar, ScriptedVoice

MARK = "marmalade"
"""In everything that is said, typed, thought and spoken here, and in every exception."""


@attrs.frozen
class FailingEar:
    """Fails once in the first turn and twice in the second, with what it heard in its hand."""

    ear: ScriptedEar = attrs.field(factory=ScriptedEar)
    calls: list[int] = attrs.field(factory=list)
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def hear(self, utterance: Utterance, in_thread: InThread) -> AsyncGenerator[Heard, None]:
        self.calls.append(utterance.turn)
        async with aclosing(self.ear.hear(utterance, in_thread)) as readings:
            async for heard in readings:
                if heard.final and self.calls.count(utterance.turn) <= min(utterance.turn, 2):
                    raise RuntimeError(f"cannot decode {heard.text!r}")
                yield heard


@attrs.frozen
class FailingMind:
    language: str = "en"

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        yield f"You said {MARK}. "
        raise ValueError(f"no answer to {conversation.items[-1].text}")


@attrs.frozen
class FailingVoice:
    """Fails at the first clause once, and says nothing at all for another."""

    voice: ScriptedVoice = attrs.field(factory=ScriptedVoice)
    calls: list[str] = attrs.field(factory=list)
    language: str = "en"
    sample_rate: int = 24000

    async def warm(self, in_thread: InThread) -> None:
        pass

    async def speak(self, text: str, in_thread: InThread) -> AsyncGenerator[Spoken, None]:
        self.calls.append(text)
        if len(self.calls) == 1:
            raise KeyError(text)
        if len(self.calls) == 3:
            return
        async with aclosing(self.voice.speak(text, in_thread)) as stretches:
            async for spoken in stretches:
                yield spoken


@pytest.fixture
def told() -> Generator[list[str]]:
    """Every line that structlog would write, with tracebacks."""
    lines: list[str] = []

    def keep(_: object, name: str, event: MutableMapping[str, object]) -> str:
        lines.append(f"{name} {dict(event)!r}")
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.processors.format_exc_info, keep])
    yield lines
    structlog.reset_defaults()


def test_a_marked_sentence_goes_through_every_failure_and_stands_nowhere(
    call_lab: MakeLab,
    told: list[str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    agent = assistant_with(
        hearing=Hearing(FailingEar()),
        thinking=Thinking(FailingMind(), fallback=FailingMind()),
        speaking=Speaking(FailingVoice()),
    )
    lab = call_lab(agent, log_content=False)
    alice = lab.join("Alice")
    for k in range(4):
        alice.says(f"tell me of {MARK} number", at=1.0 + 8 * k)
    alice.types(f"{MARK}?", at=34.0).types(f"{MARK}!", at=34.4)
    for k, path in enumerate(
        ["vad", "turns", "hearing", "conversation", "thinking", "speaking", "microphone"] * 2
    ):
        lab.kill(path, at=2.0 + 2.3 * k)
    for k in range(8):
        lab.kill("thinking", at=36.0 + 0.2 * k)  # beyond its budget
    timeline = lab.run(40)

    # All of it happened, and was reported.
    assert MARK in str(timeline)
    crashes = {(crash.path, crash.error.split(",")[0]) for crash in timeline.crashes}
    assert {path for path, _ in crashes} == {
        *("vad", "turns", "hearing", "conversation", "thinking", "speaking", "microphone"),
    }
    assert {error for _, error in crashes} >= {"RuntimeError", "ValueError", "KeyError", "Killed"}
    lines = "\n".join(told)
    for event in (
        *("actor.crashed", "actor.restarted", "group.degraded", "turn.began", "link.dropped"),
        *("hearing failed twice in a turn", "the mind failed; its fallback answers"),
        "the voice gave no sound for a clause",
    ):
        assert event in lines, event
    printed = capsys.readouterr()
    everything = "\n".join([lines, printed.out, printed.err, caplog.text])
    assert MARK not in everything.casefold()
