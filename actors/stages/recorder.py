"""The actor that records a call, people left, the agent right."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import trio

from actors.messages import Played, Recording
from media import AudioFrame, Samples
from media.errors import FormatError
from media.formats import check_sample_rate
from media.resample import Resampler
from media.wav import WavWriter
from runtime import Actor, Context, In, Kept, Out, Overflow, SpeechRole, Work

if TYPE_CHECKING:
    from media.files import OggOpusWriter


class Side:
    """One side's samples at the recording's rate, in the order in which they sound."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._resampler: Resampler | None = None

    def converted(self, frame: AudioFrame) -> Samples:
        """Return the frame as mono `[n, 1]` at the recording's rate."""
        samples = frame.mono().samples
        if frame.sample_rate == self._rate:
            return samples
        if self._resampler is None or self._resampler.source_rate != frame.sample_rate:
            self._resampler = Resampler(frame.sample_rate, self._rate)
        return self._resampler.process(samples)


class AgentSide:
    """The agent's voice: it is known before it sounds, and may be cut before it does.

    Args:
        sample_rate: of the recording.
        reported: whether `played` will be called; otherwise all that is said counts as played.
    """

    def __init__(self, sample_rate: int, *, reported: bool) -> None:
        self._side = Side(sample_rate)
        self._rate = sample_rate
        self._reported = reported
        self._ahead: dict[int, deque[Samples]] = {}
        self._taken: dict[int, int] = {}
        self._sounding: deque[Samples] = deque()

    def said(self, frame: AudioFrame) -> None:
        samples = self._side.converted(frame)
        if frame.turn is None or not self._reported:
            self._sounding.append(samples)
        else:
            self._ahead.setdefault(frame.turn, deque()).append(samples)

    def played(self, played: Played) -> None:
        """Learn how much of a turn has sounded; at its end the rest is forgotten."""
        turn = played.turn
        wanted = round(played.seconds * self._rate)
        missing = wanted - self._taken.get(turn, 0)
        self._sounding.extend(_pulled(self._ahead.get(turn, deque()), missing))
        self._taken[turn] = max(wanted, self._taken.get(turn, 0))
        if played.final:
            for old in [each for each in self._ahead if each <= turn]:
                del self._ahead[old]
            for old in [each for each in self._taken if each < turn]:
                del self._taken[old]

    def take(self, samples: int) -> Samples:
        """Return the next samples that sounded, `[samples, 1]`, and silence after them."""
        pieces = _pulled(self._sounding, samples)
        missing = samples - sum(map(len, pieces))
        return np.concatenate([*pieces, np.zeros((missing, 1), np.int16)])


def _pulled(pieces: deque[Samples], samples: int) -> list[Samples]:
    """Take at most so many samples from the front."""
    pulled: list[Samples] = []
    while pieces and samples > 0:
        piece = pieces.popleft()
        if len(piece) > samples:
            pieces.appendleft(piece[samples:])
            piece = piece[:samples]
        pulled.append(piece)
        samples -= len(piece)
    return pulled


_PIECE: Final = 0.5
"""Seconds that are written at once; a crash of the process loses no more."""

_CLOSING: Final = 5.0
"""Seconds in which the disk must take the last piece, also when the call is being ended."""

_SUFFIXES: Final = (".wav", ".ogg")


Writer: TypeAlias = "WavWriter | OggOpusWriter"


def _known(_: object, __: object, path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise FormatError(
            f"A recording is a file that ends in {' or '.join(_SUFFIXES)}; {path.name} does not."
        )


def _rate(_: object, __: object, sample_rate: int) -> None:
    check_sample_rate(sample_rate)


@attrs.frozen
class Recorder(Actor):
    """Writes a call to a WAV or Ogg/Opus file, exactly as it was heard.

        call.audio >> recorder.people, microphone.wire >> recorder.agent,
        call.played >> recorder.played, recorder.recording >> call.events

    People are on the left, the agent on the right (`stereo=False`: both in one channel). Of the
    agent's voice only what was really played is there, at the moment when it was. The file is
    readable at any moment; a restart goes on in a new one, `call-2.wav`, so nothing is lost.

    - `people`: the mix of everybody, one frame of 20 ms a tick: the recording's clock.
    - `agent`, `played`: the agent's voice and how much of it was sent.
    - `consent`: where it is wired, nothing is recorded before True, nor after False.
    - `recording`: whether it records now, for every page to show.

    Attributes:
        path: where to; the suffix tells the format.
        sample_rate: Hz of the file.
        stereo: the two sides in two channels.
    """

    path: Path = attrs.field(converter=Path, validator=_known)
    sample_rate: int = attrs.field(default=24_000, validator=_rate, kw_only=True)
    stereo: bool = attrs.field(default=True, kw_only=True)

    people = In[AudioFrame](capacity=100, overflow=Overflow.DROP_NEWEST)
    agent = In[AudioFrame](optional=True, capacity=100, overflow=Overflow.DROP_NEWEST)
    played = In[Played](optional=True, capacity=64, overflow=Overflow.DROP_NEWEST)
    consent = In[bool](optional=True)
    recording = Out[Recording](speech=SpeechRole.ENDS)

    files = Kept[list[Path]](list)
    """What was written so far, one file a life."""
    agreed = Kept[list[bool]](list)

    async def run(self, ctx: Context) -> None:
        """Record until the call ends; raises `OSError` where the file cannot be written."""
        path = self._next_file()
        writer = await ctx.in_thread(self._open, path, work=Work.IO)
        self.files.append(path)
        pieces: list[Samples] = []
        agent = AgentSide(self.sample_rate, reported=self.played.wired)
        try:
            await self.recording.send(Recording(self._may_record()))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._follow_agent, agent)
                nursery.start_soon(self._follow_consent)
                await self._record(ctx, writer, pieces, agent)
                nursery.cancel_scope.cancel()
        finally:
            with ctx.cleanup(_CLOSING):
                await ctx.in_thread(_finish, writer, pieces, work=Work.IO)

    async def _record(
        self, ctx: Context, writer: Writer, pieces: list[Samples], agent: AgentSide
    ) -> None:
        side, length = Side(self.sample_rate), 0
        async for frame in self.people:
            people = side.converted(frame)
            # All reports of earlier ticks are there: the call sends them before it hears the next.
            while True:
                try:
                    agent.played(self.played.receive_nowait())
                except (trio.WouldBlock, trio.EndOfChannel):
                    break
            both = self._joined(people, agent.take(len(people)))
            if not self._may_record():
                continue
            pieces.append(both)
            length += len(both)
            if length >= _PIECE * self.sample_rate:
                ready, length = list(pieces), 0
                pieces.clear()
                # To its end: a piece that is half written cannot be taken back.
                with ctx.cleanup(_CLOSING):
                    await ctx.in_thread(writer.write, np.concatenate(ready), work=Work.IO)

    async def _follow_agent(self, agent: AgentSide) -> None:
        async for frame in self.agent:
            agent.said(frame)

    async def _follow_consent(self) -> None:
        async for agreed in self.consent:
            self.agreed[:] = [agreed]
            await self.recording.send(Recording(agreed))

    def _may_record(self) -> bool:
        return not self.consent.wired or self.agreed == [True]

    def _joined(self, people: Samples, agent: Samples) -> Samples:
        if self.stereo:
            return np.concatenate([people, agent], axis=1)
        total = people.astype(np.int32) + agent
        return np.clip(total, -32768, 32767).astype(np.int16)

    def _next_file(self) -> Path:
        number = len(self.files) + 1
        return self.path if number == 1 else self.path.with_stem(f"{self.path.stem}-{number}")

    def _open(self, path: Path) -> Writer:
        channels = 2 if self.stereo else 1
        if path.suffix.lower() == ".ogg":
            # PyAV, 100 MB, only for who records in Opus.
            from media.files import OggOpusWriter  # noqa: PLC0415

            return OggOpusWriter(path, self.sample_rate, channels)
        return WavWriter(path, self.sample_rate, channels)


def _finish(writer: Writer, pieces: list[Samples]) -> None:
    try:
        if pieces:
            writer.write(np.concatenate(pieces))
    finally:
        writer.close()
