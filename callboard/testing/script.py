"""What the scripted engines of a lab say, and how long they take for it."""

from collections.abc import Callable, Mapping

import attrs

from callboard.testing.errors import LabError, NotScriptedError
from callboard.testing.words import plain

Reply = str | tuple[str, float]
"""A reply's text, or the text and the seconds until it begins."""

Thinking = Mapping[str, Reply] | Callable[[str], Reply]
"""What is said → the reply. The key "*" answers whatever has no key of its own."""


@attrs.frozen
class Answer:
    """What the scripted mind says, and after how many seconds."""

    text: str
    delay: float


@attrs.frozen
class Script:
    """How the stock stages behave in a lab; None leaves a stage its real engine.

    Attributes:
        hearing: seconds from the end of a turn to its final transcript.
        thinking: the replies.
        speaking: seconds from a text to its first sample.
    """

    hearing: float | None = None
    thinking: Thinking | None = None
    speaking: float | None = None

    def __attrs_post_init__(self) -> None:
        for name, delay in (("hearing", self.hearing), ("speaking", self.speaking)):
            if delay is not None and delay < 0:
                raise LabError(f"{name} is a delay in seconds, 0 or more; {delay} is not")

    def answer(self, said: str) -> Answer:
        """The reply to what was said: case, punctuation and spacing do not matter.

        Raises:
            NotScriptedError: there is none.
        """
        if self.thinking is None:
            raise NotScriptedError(
                "the script has no thinking at all; give lab.script(thinking=...)"
            )
        if callable(self.thinking):
            return _answer(self.thinking(said))
        replies = {plain(key): reply for key, reply in self.thinking.items()}
        reply = replies.get(plain(said), self.thinking.get("*"))
        if reply is None:
            known = ", ".join(repr(key) for key in self.thinking)
            raise NotScriptedError(
                f"the agent was asked {said!r}, and the script answers only {known}; "
                'add it to lab.script(thinking=...), or the key "*" for everything else'
            )
        return _answer(reply)


def _answer(reply: Reply) -> Answer:
    return Answer(reply, 0.0) if isinstance(reply, str) else Answer(*reply)
