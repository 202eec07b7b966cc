"""A mind that answers as the script says."""

from collections.abc import AsyncGenerator, Callable

import attrs
import trio

from actors.stages.messages import Snapshot
from actors.stages.protocols import InThread
from callboard.testing.errors import NotScriptedError
from callboard.testing.script import Script


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

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the scripted reply after its delay, a word at a time."""
        said = [item.text for item in conversation.items if item.role == "user"]
        try:
            answer = self.script.answer(said[-1] if said else "")
        except NotScriptedError as error:
            self.missing(error)
            return
        await trio.sleep(answer.delay)
        for piece in answer.text.split(" ")[:-1]:
            yield piece + " "
        yield answer.text.split(" ")[-1]
