"""Messages between the stages of a conversation. Plain, immutable data."""

from __future__ import annotations

from typing import Literal

import attrs

from media import AudioFrame

Role = Literal["user", "agent"]
"""Who an item of the conversation is from."""


@attrs.frozen
class VoicedFrame:
    """One frame of one speaker's audio, and whether somebody speaks in it.

    Attributes:
        frame: the audio as it came, 16 kHz mono.
        speech: what the detector says of this frame alone; nothing is smoothed.
        level: RMS in dBFS; -inf for digital silence.
        source: the participant, or None for a mix.
        turn: None: a user's audio is live until `Turns` gives it a turn.
        echo: it would be speech, but it is the agent's own voice from a loudspeaker.
    """

    frame: AudioFrame
    speech: bool
    level: float
    source: str | None = None
    turn: int | None = None
    echo: bool = False


@attrs.frozen
class Transcript:
    """The words of a person's turn, so far (`final=False`) or as they stand (`final=True`).

    Attributes:
        text: the words since the turn began; "" when nothing was understood.
        final: no other transcript of this turn will follow, unless the person goes on.
        turn: the turn that the words belong to.
        source: the participant who spoke.
        started: second, on Trio's clock, at which the turn's audio begins.
        ended: second at which the audio that was read ends.
        failed: the ear broke down over this turn; `text` may lack what was said.
    """

    text: str
    final: bool
    turn: int
    source: str | None = None
    started: float = 0.0
    ended: float = 0.0
    failed: bool = False


@attrs.frozen
class TurnOver:
    """A person's turn is over, or (reason "idle") nobody has spoken for a while.

    Attributes:
        turn: the turn; for "unheard" that of the person who had the floor.
        source: the participant whose turn it was; None for "idle" and for a mix.
        reason: "silence", "overlong" or "left" for turns that get an answer; "false" and
            "backchannel" for what was said over the agent and did not interrupt it; "unheard" for
            what was said, and was over, while another person had the floor.
    """

    turn: int
    source: str | None
    reason: Literal["silence", "overlong", "left", "false", "backchannel", "unheard", "idle"]


@attrs.frozen
class Text:
    """A piece of the agent's reply; pieces of a turn are read one after the other.

    Attributes:
        text: the words; "" is allowed where `final` is True.
        turn: the turn that is answered.
        final: the reply ends with this piece.
    """

    text: str
    turn: int
    final: bool = False


@attrs.frozen
class Word:
    """A spoken word and when it sounds, in seconds (from the start of what holds it).

    Attributes:
        text: the word.
        start: when it begins.
        end: when it ends.
    """

    text: str
    start: float
    end: float


@attrs.frozen
class Planned:
    """A clause whose audio has been made, and where in the turn's audio it lies.

    Attributes:
        turn: the turn that speaks.
        text: the clause as it was written (not as it was normalized for the voice).
        start: seconds of the turn's audio before this clause.
        words: with times from the start of the turn's audio.
        duration: seconds of audio of this clause.
        final: the turn speaks nothing after this clause.
    """

    turn: int
    text: str
    start: float = 0.0
    words: tuple[Word, ...] = ()
    duration: float = 0.0
    final: bool = False


@attrs.frozen
class Item:
    """One utterance of the conversation, as it was heard.

    Attributes:
        role: "user" or "agent".
        text: the words. An agent's reply that was cut ends where the person stopped hearing it.
        turn: the turn it belongs to.
        source: the participant, for a user.
        cut: True when the agent meant to say more.
    """

    role: Role
    text: str
    turn: int
    source: str | None = None
    cut: bool = False


@attrs.frozen
class Snapshot:
    """The conversation at one moment. Sent by `Conversation.prompts` it asks for a reply.

    Attributes:
        items: everything that was said and heard, oldest first.
        turn: the turn that asks, which the reply carries.
        unheard: hearing failed in this turn, and the reply had better say so.
    """

    items: tuple[Item, ...]
    turn: int
    unheard: bool = False
