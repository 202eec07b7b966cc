"""The actor that writes who said what, and when, to a WebVTT file."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import attrs
import trio

from actors.messages import Caption, ParticipantEvent
from runtime import Actor, Context, In, Kept, Overflow, Work

_SHORTEST: Final = 0.5
"""Seconds that a cue is shown at least."""

Key = tuple[str | None, int]


@attrs.define
class CaptionsCheckpoint:
    """What stands in the file, and what is still being said. Times are seconds of the call."""

    began: float | None = None
    open: dict[Key, float] = attrs.field(factory=dict[Key, float])
    """When each utterance that is not over began."""
    closed: list[tuple[float, float, str, str]] = attrs.field(
        factory=list[tuple[float, float, str, str]]
    )
    """Start, end, who and what of those that wait for an earlier one to end."""
    names: dict[str, str] = attrs.field(factory=dict[str, str])
    files: int = 0

    def take(self, caption: Caption, now: float) -> list[str]:
        """Take a caption; return the cues that can be written, in order of their starts."""
        key = (caption.participant, caption.turn)
        start = self.open.setdefault(key, now)
        if not caption.final:
            return []
        del self.open[key]
        text = " ".join((caption.text if caption.heard is None else caption.heard).split())
        if text:
            self.closed.append((start, max(now, start + _SHORTEST), self._name(caption), text))
        return self.ready()

    def ready(self, *, over: bool = False) -> list[str]:
        """Return the cues that nothing with an earlier start can come before."""
        first = min(self.open.values(), default=float("inf"))
        ready = sorted(cue for cue in self.closed if over or cue[0] <= first)
        self.closed = [cue for cue in self.closed if cue not in ready]
        return [_cue(*cue) for cue in ready]

    def _name(self, caption: Caption) -> str:
        who = caption.participant
        return "Agent" if who is None else self.names.get(who, who)


@attrs.frozen
class CaptionFile(Actor):
    """Writes a WebVTT file: `conversation.captions >> file.captions`.

    Each utterance is a cue with its speaker; of the agent's what was heard. The file is whole at
    any moment. Names come from `call.participants >> file.participants`; ids stand in without.

    Attributes:
        path: where to; what was there is replaced.
    """

    path: Path = attrs.field(converter=Path)

    captions = In[Caption](capacity=256, overflow=Overflow.DROP_NEWEST)
    """Captions, each time that they change."""
    participants = In[ParticipantEvent](optional=True, capacity=64, overflow=Overflow.DROP_NEWEST)
    """Who comes and goes, for the names."""

    cues = Kept[CaptionsCheckpoint](CaptionsCheckpoint)

    async def run(self, ctx: Context) -> None:
        """Write until the call ends; a restart goes on in the same file."""
        cues = self.cues
        mode = "a" if cues.files else "w"
        cues.files += 1
        cues.began = ctx.now() if cues.began is None else cues.began
        file = await ctx.in_thread(self._open, mode, work=Work.IO)
        try:
            if mode == "w":
                await ctx.in_thread(_write, file, "WEBVTT\n", work=Work.IO)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._follow_names, cues)
                async for caption in self.captions:
                    for cue in cues.take(caption, ctx.now() - cues.began):
                        await ctx.in_thread(_write, file, cue, work=Work.IO)
                nursery.cancel_scope.cancel()
        finally:
            with ctx.cleanup(5.0):
                rest = "".join(cues.ready(over=True))
                await ctx.in_thread(_finish, file, rest, work=Work.IO)

    async def _follow_names(self, cues: CaptionsCheckpoint) -> None:
        async for event in self.participants:
            cues.names[event.participant.id] = event.participant.name

    def _open(self, mode: str) -> IO[str]:
        return self.path.open(mode, encoding="utf-8", newline="\n")


def _write(file: IO[str], text: str) -> None:
    file.write(text)
    file.flush()


def _finish(file: IO[str], text: str) -> None:
    try:
        file.write(text)
    finally:
        file.close()


def _cue(start: float, end: float, who: str, text: str) -> str:
    return f"\n{_time(start)} --> {_time(end)}\n<v {_escaped(who)}>{_escaped(text)}\n"


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _escaped(text: str) -> str:
    """As WebVTT wants it: no tag begins, and no arrow stands, in what was said."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
