"""Runs a session: its call's graph, its devices, who is there, what happens."""

from __future__ import annotations

import contextlib
import logging
import math
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias, TypeVar
from weakref import WeakSet

import attrs
import structlog
import trio
from structlog.typing import FilteringBoundLogger

from actors import protocol
from actors.call.call import Call
from actors.call.meeting import CallLife
from actors.call.port import MediaKind, medium_and_name
from actors.call.roster import ActiveSpeaker, Participant, SpeakerDetector
from actors.devices.patchbay import Device, Patchbay
from actors.errors import CallEnded, CallError
from actors.messages import ChatMessage, ParticipantEvent
from actors.protocol import Admin
from media import AudioFrame, VideoFrame
from runtime import (
    Actor,
    Context,
    Graph,
    In,
    InPort,
    Kind,
    Out,
    RestartsExhausted,
    RunningGraph,
    open_graph,
)

T = TypeVar("T")


@attrs.frozen
class SessionPorts(Actor):
    """Goes by the call's tick: one frame of `audio` is one tick, and `voices` belong to it."""

    life: SessionLife

    audio = In[AudioFrame](kind=Kind.LIVE)
    voices = In[AudioFrame](kind=Kind.LIVE, capacity=25)
    video = In[VideoFrame]()
    participants = In[ParticipantEvent](capacity=64)
    messages = In[ChatMessage](capacity=64)

    microphone = Out[AudioFrame](kind=Kind.SPEECH)
    camera = Out[VideoFrame](kind=Kind.PICTURES)
    screen = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        life = self.life
        life.start(self, ctx)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hear)
            nursery.start_soon(_pass_on, self.video, life.patchbay.see)
            nursery.start_soon(_pass_on, self.participants, life.participant)
            nursery.start_soon(_pass_on, self.messages, life.tell)

    def send(self, shown: str, frame: VideoFrame) -> None:
        """Show a picture in the call; once it has ended, nobody sees it."""
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            (self.camera if shown == "camera" else self.screen).send_nowait(frame)

    async def _hear(self) -> None:
        ahead: AudioFrame | None = None
        async for mix in self.audio:
            tick: list[AudioFrame] = []
            while (frame := ahead or self._next_voice()) is not None:
                ahead = None
                if frame.pts > mix.pts:
                    ahead = frame
                    break
                if frame.pts == mix.pts:
                    tick.append(frame)
            said = self.life.tick(tick or [mix], mix)
            if said is not None:
                await self.microphone.send(said)

    def _next_voice(self) -> AudioFrame | None:
        try:
            return self.voices.receive_nowait()
        except (trio.WouldBlock, trio.EndOfChannel):
            return None


async def _pass_on(inlet: InPort[T], take: Callable[[T], None]) -> None:
    async for item in inlet:
        take(item)


@attrs.frozen
class RoomReached:
    """The room is out of reach, or back; media goes on meanwhile."""

    here: bool
    """Whether it can be reached now."""


SessionEvent: TypeAlias = ParticipantEvent | ChatMessage | ActiveSpeaker | Admin | RoomReached

WAITING = 1024
"""Events that may wait for a reader; then the oldest are lost, and counted."""


class EventStream:
    """`async for event in stream`; it ends when the call has ended. One reader."""

    def __init__(self, begin: Iterable[SessionEvent], *, ended: bool) -> None:
        self.missed = 0
        """Events that were dropped because nobody read them."""
        self._events = deque(begin)
        self._ended = ended
        self._news = trio.lowlevel.ParkingLot()

    def put(self, event: SessionEvent) -> None:
        """Give an event to the reader. Never waits."""
        if len(self._events) >= WAITING:
            self._events.popleft()
            self.missed += 1
        self._events.append(event)
        self._news.unpark_all()

    def end(self) -> None:
        self._ended = True
        self._news.unpark_all()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> SessionEvent:
        await trio.lowlevel.checkpoint()
        while not self._events:
            if self._ended:
                raise StopAsyncIteration
            await self._news.park()
        return self._events.popleft()


DRAIN_SECONDS = 0.3
"""What leaving waits for the microphones at most."""

WIRE_SECONDS = 0.04
"""What the last packet may take to the others; the word that we leave goes another way."""


class SessionLife:
    """Runs the graph of one call; its ports call `start`, `tick`, `participant` and `tell`."""

    def __init__(self) -> None:
        self.id = ""
        self.patchbay = Patchbay(self._send, self._failed)
        self.roster: dict[str, Participant] = {}
        self.connected: set[str] = set()
        self.detector = SpeakerDetector()
        self.owned: list[Device] = []
        """Devices that live no longer than the call."""
        self.ended: CallEnded | None = None
        self.failures = 0
        """Times that a renderer's callback raised."""
        self._meeting: CallLife | None = None
        self._met = trio.Event()
        self._leaving = trio.Event()
        self.done = trio.Event()
        self._running: RunningGraph | None = None
        self._ports: SessionPorts | None = None
        self._ctx: Context | None = None
        self._streams: WeakSet[EventStream] = WeakSet()
        self._shown: frozenset[str] = frozenset()
        self._published: set[MediaKind] = set()

    # What the session asks

    def check(self) -> None:
        """Raise `CallEnded` when the call is over."""
        if self.ended is not None:
            raise CallEnded(*self.ended.args)

    @property
    def meeting(self) -> CallLife:
        """The meeting that we are or were in."""
        assert self._meeting is not None
        return self._meeting

    def events(self) -> EventStream:
        """A stream that begins with who is there."""
        there = [ParticipantEvent("joined", who) for who in self.roster.values()]
        stream = EventStream(there, ended=self.ended is not None)
        self._streams.add(stream)
        return stream

    def interrupt(self, turn: int) -> None:
        assert self._running is not None
        self.patchbay.interrupt(turn)
        self._running.interrupt(turn)

    def show_media(self) -> None:
        """Let the others see which kinds of devices are on, and which custom tracks there are.

        Raises `CallError` when there are too many tracks.
        """
        if self.ended is not None:
            return
        with contextlib.suppress(CallEnded):
            self._publish()
        kinds = self.patchbay.kinds
        if kinds == self._shown:
            return
        changed = {kind: kind in kinds for kind in kinds ^ self._shown}
        self._shown = kinds
        with contextlib.suppress(CallEnded):
            self.meeting.post(protocol.Update(media=changed))

    def _publish(self) -> None:
        published = self.meeting.published
        published.share_sound(self.patchbay.shares_sound)
        wanted = self.patchbay.tracks
        for kind in sorted(self._published - wanted):
            self._published.discard(kind)
            medium, name = medium_and_name(kind)
            published.remove(medium, name or "")
        for kind in sorted(wanted - self._published):
            medium, name = medium_and_name(kind)
            published.add(medium, name or "")
            self._published.add(kind)

    async def leave(self) -> None:
        """Play what is left for a moment, then end."""
        try:
            if self.ended is None and self.patchbay.speaks:
                with trio.move_on_after(DRAIN_SECONDS):
                    await self.patchbay.drain()
                    await self.meeting.wait_sent()
                    await trio.sleep(WIRE_SECONDS)
        finally:
            self._leaving.set()
        await self.done.wait()

    # What runs it

    async def run(
        self, call: Call, log: FilteringBoundLogger | None, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Run the graph of one call until it has ended or is left.

        Raises what made joining impossible, before it has started. Later failures end the call.
        """
        reason, joined = "the call was left", False
        try:
            async with open_graph(self._graph(call), log=log) as self._running:
                await self._met.wait()
                await self.meeting.entered.wait()
                self.id = self.meeting.id
                self.roster.update(self.meeting.participants)
                joined = True
                task_status.started()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._over, self._running)
                    await self._leaving.wait()
                    nursery.cancel_scope.cancel()
                reason = self.meeting.ended or reason
        except RestartsExhausted as error:
            cause = error.__cause__
            if joined:
                reason = f"the call broke down: {type(cause).__name__}"
            elif isinstance(cause, CallError):
                raise cause from cause.__cause__
            else:
                raise
        finally:
            self._end(reason)

    def _graph(self, call: Call) -> Graph:
        ports = SessionPorts(self)
        return Graph(
            call.audio >> ports.audio,
            call.voices >> ports.voices,
            call.video >> ports.video,
            call.participants >> ports.participants,
            call.messages >> ports.messages,
            ports.microphone >> call.microphone,
            ports.camera >> call.camera,
            ports.screen >> call.screen,
        )

    @contextlib.contextmanager
    def observe(self, meeting: CallLife) -> Generator[None]:
        self._meeting = meeting
        meeting.own_changed = lambda own: self.tell(ParticipantEvent("updated", own))
        meeting.ordered = self.tell
        meeting.receiving.look(self.patchbay.looks_at)
        meeting.reached = lambda here: self.tell(RoomReached(here))
        meeting.receiving.overheard = self.patchbay.overhear
        self._met.set()
        yield

    async def _over(self, running: RunningGraph) -> None:
        await running.wait()
        self._leaving.set()

    def _end(self, reason: str) -> None:
        self.ended = CallEnded(reason)
        self.patchbay.unplug()
        for device in self.owned:
            device.end(self.ended)
        for stream in self._streams:
            stream.end()
        self.done.set()

    # What its ports tell

    def start(self, ports: SessionPorts, ctx: Context) -> None:
        """Take what a new life of the ports offers."""
        self._ports, self._ctx = ports, ctx
        ctx.on_interrupt(self.patchbay.interrupt)

    def tick(self, voices: list[AudioFrame], mix: AudioFrame) -> AudioFrame | None:
        """Take 20 ms of everybody, and the mix of all; return what the microphones say."""
        anybody = bool(self.connected)
        said = self.patchbay.say(heard=anybody)
        for kind, frame in self.patchbay.say_tracks(heard=anybody):
            # Somebody may have taken a device's track away by `Published.remove`.
            if (feed := self.meeting.published.feed_of(kind)) is not None:
                feed.put_live(frame)
        if self.patchbay.tick(seen=anybody):
            self.show_media()
        self.patchbay.hear(voices, mix)
        if self.detector.hear(voices):
            self.tell(ActiveSpeaker(self.detector.participant))
        return said

    def participant(self, event: ParticipantEvent) -> None:
        who = event.participant
        if event.kind == "joined" and self.roster.get(who.id) == who:
            return  # known since we joined
        if event.kind == "connected":
            self.connected.add(who.id)
        elif event.kind in ("left", "disconnected"):
            self.connected.discard(who.id)
        if event.kind == "left":
            self.roster.pop(who.id, None)
        else:
            self.roster[who.id] = who
        self.tell(event)

    def tell(self, event: SessionEvent) -> None:
        """Give an event to everybody who reads."""
        for stream in self._streams:
            stream.put(event)

    # Inside

    def _send(self, shown: MediaKind, frame: VideoFrame) -> None:
        if shown not in ("camera", "screen"):
            if shown in self.meeting.published.tracks:
                _, name = medium_and_name(shown)
                self.meeting.published.show(name or "", frame)
        elif self._ports is not None:
            self._ports.send(shown, frame)

    def _failed(self, error: Exception) -> None:
        """Tell where a callback failed, but not what its message quotes, and not each time."""
        self.failures += 1
        if self._ctx is None or 10 ** round(math.log10(self.failures)) != self.failures:
            return
        where = "".join(traceback.format_tb(error.__traceback__))
        text = f"A renderer's callback failed ({self.failures} so far): {type(error).__name__}"
        self._ctx.log.error(text, where=where)
        if not structlog.is_configured():
            # As a crash report: a library does not print unasked, but this was asked for.
            logging.getLogger("callboard").error("%s\n%s", text, where)
