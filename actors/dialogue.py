"""A whole spoken conversation as one actor: what hears, takes turns, thinks and speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, TypeVar, cast

import attrs

from actors.call.call import Call
from actors.devices.microphone import Microphone
from actors.messages import Caption, ChatMessage, Played, State
from actors.stages.conversation import Conversation
from actors.stages.hearing import Hearing
from actors.stages.messages import Snapshot, Text, Transcript, TurnOver
from actors.stages.protocols import Ear, Mind, Voice
from actors.stages.speaking import Speaking
from actors.stages.thinking import Thinking
from actors.stages.turns import Turns
from actors.stages.turntaking.rules import TurnRules
from actors.stages.vad import MakeDetector, Vad
from media import AudioFrame
from runtime import Actor, Composite, Graph, GraphError, In, Out

A = TypeVar("A", bound=Actor)

PARTS: Final = ("vad", "turns", "hearing", "conversation", "thinking", "speaking", "microphone")

_TAKEN_BY: Final = {
    "mind": "thinking",
    "ear": "hearing",
    "voice": "speaking",
    "rules": "turns",
    "detector": "vad",
}
"""Which part each engine is handed to."""


@attrs.frozen(kw_only=True)
class Dialogue(Composite):
    """The stock stages and a microphone, wired to one another; nothing stands between at run time.

    - `voices`: what people say, one `AudioFrame` a speaker and tick, 16 kHz mono.
    - `chat`: what they write; it is answered aloud.
    - `say`: what the agent says without being asked, each `Text` under a turn of `ctx.new_turn()`.
    - `played`: how much of each turn was really sent: what counts as heard.
    - `audio`: what the agent says, in frames of 20 ms, with its turns' marks.
    - `events`: captions, and what the agent is doing.
    - `words`: what was understood of each turn.
    - `history`: the whole conversation, each time it changes.
    - `ended`: each turn's end and why, and when nobody has said anything for a while.

    Every part is an actor of its own, below `dialogue/`, and may crash alone.

    Attributes:
        mind: what answers, given to `Thinking`.
        ear: what turns speech into words, given to `Hearing`.
        voice: what says the reply, given to `Speaking`.
        rules: when a turn begins and ends, given to `Turns`.
        detector: makes what tells speech from noise, given to `Vad`.
        parts: actors of one's own in place of the stock ones, by their names (`PARTS`), each with
            the ports of the one that it replaces.

    Raises `GraphError` for a part that there is not, and for an engine whose stage is replaced.
    """

    mind: Mind | None = None
    ear: Ear | None = None
    voice: Voice | None = None
    rules: TurnRules | None = None
    detector: MakeDetector | None = attrs.field(default=None, repr=False)
    parts: Mapping[str, Actor] = attrs.field(factory=dict[str, Actor])

    renamed: ClassVar[Mapping[str, str]] = {"typed": "chat"}

    voices = In[AudioFrame](optional=True)
    chat = In[ChatMessage](optional=True)
    say = In[Text](optional=True)
    played = In[Played](optional=True)
    audio = Out[AudioFrame]()
    events = Out[Caption | State]()
    words = Out[Transcript]()
    history = Out[Snapshot]()
    ended = Out[TurnOver]()

    def __attrs_post_init__(self) -> None:
        known = ", ".join(PARTS)
        problems = [
            f"Dialogue has no part {name!r}; its parts: {known}."
            for name in self.parts
            if name not in PARTS
        ]
        problems += [
            f"Dialogue got {engine}= and a part {part!r} of your own, which would never see it; "
            f"give the {engine} to that part."
            for engine, part in _TAKEN_BY.items()
            if part in self.parts and getattr(self, engine) is not None
        ]
        if problems:
            raise GraphError(problems)

    def graph(self) -> Graph:
        """Return the stages and the wires between them."""
        vad = self._part("vad", Vad() if self.detector is None else Vad(self.detector))
        turns = self._part("turns", Turns() if self.rules is None else Turns(self.rules))
        hearing = self._part("hearing", Hearing() if self.ear is None else Hearing(self.ear))
        conversation = self._part("conversation", Conversation())
        thinking = self._part("thinking", Thinking() if self.mind is None else Thinking(self.mind))
        speaking = self._part(
            "speaking", Speaking() if self.voice is None else Speaking(self.voice)
        )
        microphone = self._part("microphone", Microphone(sample_rate=24000))
        return Graph(
            self.voices.inner >> vad.audio,
            vad.voiced >> turns.voiced,
            turns.speech >> hearing.speech,
            hearing.words >> turns.words,
            hearing.words >> conversation.transcripts,
            self.chat.inner >> conversation.chat,
            conversation.prompts >> thinking.prompts,
            conversation.prompts >> turns.prompts,
            thinking.text >> speaking.text,
            self.say.inner >> speaking.text,
            speaking.clauses >> conversation.clauses,
            speaking.audio >> microphone.audio,
            microphone.wire >> self.audio.inner,
            microphone.wire >> vad.playing,
            self.played.inner >> conversation.played,
            self.played.inner >> turns.played,
            conversation.captions >> self.events.inner,
            turns.state >> self.events.inner,
            # For whoever listens; wired to nothing outside, there is no link.
            hearing.words >> self.words.inner,
            conversation.history >> self.history.inner,
            turns.ended >> self.ended.inner,
        )

    def _part(self, name: str, stock: A) -> A:
        """What stands under this name; one of one's own need only have the same ports."""
        return cast("A", self.parts.get(name, stock))


def dialogue(
    call: Call,
    *,
    mind: Mind | None = None,
    ear: Ear | None = None,
    voice: Voice | None = None,
    rules: TurnRules | None = None,
    detector: MakeDetector | None = None,
    parts: Mapping[str, Actor] | None = None,
) -> Graph:
    """Return a whole agent: a `Dialogue` of these, wired to the call."""
    talk = Dialogue(
        mind=mind, ear=ear, voice=voice, rules=rules, detector=detector, parts=parts or {}
    )
    return Graph(
        call.voices >> talk.voices,
        call.messages >> talk.chat,
        call.played >> talk.played,
        talk.audio >> call.microphone,
        talk.events >> call.events,
    )
