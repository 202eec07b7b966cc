"""A call that is used directly, with devices in place of a graph."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from weakref import WeakSet

import trio
from structlog.typing import FilteringBoundLogger

from actors.call import protocol
from actors.call.active_speaker import ActiveSpeaker, SpeakerDetector
from actors.call.call import Call
from actors.call.event_stream import EventStream, SessionEvent
from actors.call.meeting import Meeting
from actors.call.messages import ChatMessage
from actors.call.port import MediaEngine, PortStatistics
from actors.call.protocol import Json
from actors.call.roster import Participant, ParticipantEvent
from actors.call.session_ports import SessionPorts
from actors.call.signalling import RoomChannel
from actors.devices.camera_device import CameraDevice
from actors.devices.microphone_device import MicrophoneDevice
from actors.devices.patchbay import Patchbay
from actors.devices.rendering import AudioRendering, VideoRendering
from actors.devices.scope import D, Device, Devices
from actors.devices.speaker_device import SpeakerDevice
from actors.errors import CallEnded, CallError
from media import AudioFrame, ColorFormat, VideoFrame
from runtime import Context, Graph, RestartsExhausted, RunningGraph, open_graph
from runtime.unwrapping import open_plain_nursery

DRAIN_SECONDS = 0.3
"""What leaving waits for the microphones at most."""

WIRE_SECONDS = 0.04
"""What still waits in the play-out when a microphone has given everything away."""


class Session:
    """Our part in a call, made by `open_call`. All of it belongs to one Trio thread."""

    def __init__(self) -> None:
        self.id = ""
        """Our own id in the room."""
        self._devices = Devices()
        self._owned: list[Device] = []
        self._patchbay = Patchbay(self._show, self._failed)
        self._ports: SessionPorts | None = None
        self._ctx: Context | None = None
        self._running: RunningGraph | None = None
        self._meeting: Meeting | None = None
        self._met = trio.Event()
        self._roster: dict[str, Participant] = {}
        self._connected: set[str] = set()
        self._detector = SpeakerDetector()
        self._streams: WeakSet[EventStream] = WeakSet()
        self._shown = protocol.Media()
        self._leaving = trio.Event()
        self._done = trio.Event()
        self._ended: CallEnded | None = None

    # Devices

    def microphone(
        self, name: str = "microphone", sample_rate: int = 16_000, channels: int = 1
    ) -> MicrophoneDevice:
        """Make a microphone and attach it. Several are mixed.

        Raises `DuplicateNameError`, `DeviceFormatError`, `CallEnded`.
        """
        self._check()
        return self._add(self._devices.microphone(name, sample_rate, channels))

    def speaker(
        self,
        name: str = "speaker",
        sample_rate: int = 16_000,
        channels: int = 1,
        *,
        only: str | None = None,
        without: str | None = None,
    ) -> SpeakerDevice:
        """Make a speaker and attach it: it gives everybody's mix, or one's (`only`, an id), or
        everybody's but one's (`without`).

        Raises `DuplicateNameError`, `DeviceFormatError`, `CallEnded`.
        """
        self._check()
        device = self._devices.speaker(name, sample_rate, channels, only=only, without=without)
        return self._add(device)

    def camera(
        self,
        name: str = "camera",
        width: int = 640,
        height: int = 480,
        *,
        color_format: ColorFormat = "RGBA",
        frame_rate: float = 30.0,
    ) -> CameraDevice:
        """Make a camera and attach it; a call shows one.

        Raises `DuplicateNameError`, `DeviceFormatError`, `DeviceBusyError`, `CallEnded`.
        """
        self._check()
        device = self._devices.camera(
            name, width, height, color_format=color_format, frame_rate=frame_rate
        )
        return self._add(device)

    def attach(self, device: Device) -> None:
        """Use a device that was made by `open_devices`; the others see that it is on.

        When the call ends it is detached, and goes on without a call. Raises `DeviceBusyError`,
        `DeviceClosedError`, `CallEnded`.
        """
        self._check()
        self._patchbay.attach(device)
        self._show_media()

    def detach(self, device: Device) -> None:
        """Take a device out of the call; one that is not in it stays as it is."""
        self._patchbay.detach(device)
        self._show_media()

    def render_audio(
        self,
        participant: str,
        callback: Callable[[AudioFrame], None],
        *,
        sample_rate: int = 16_000,
        channels: int = 1,
        interval: float = 0.02,
    ) -> Callable[[], None]:
        """Call `callback` with every `interval` seconds of a participant's audio, at any length.

        It must return at once; what it raises is logged, and it is called again. Call the result
        to end it. Raises `DeviceFormatError`.
        """
        rendering = AudioRendering(
            participant, callback, sample_rate=sample_rate, channels=channels, interval=interval
        )
        return self._patchbay.render_audio(rendering)

    def render_video(
        self,
        participant: str,
        callback: Callable[[VideoFrame], None],
        *,
        color_format: ColorFormat = "RGBA",
    ) -> Callable[[], None]:
        """Call `callback` with each picture of a participant, converted, of its own size.

        The rest is as for `render_audio`.
        """
        return self._patchbay.render_video(
            VideoRendering(participant, callback, color_format=color_format)
        )

    def subscribe(
        self, participant: str, *, audio: bool | None = None, video: bool | None = None
    ) -> None:
        """Hear and see a participant, or do not: False is silence in every speaker and renderer.

        None leaves it as it is. Everybody is subscribed to at first.
        """
        for wanted, left_out in ((audio, self._patchbay.muted), (video, self._patchbay.unseen)):
            if wanted is not None:
                (left_out.discard if wanted else left_out.add)(participant)

    # The room

    @property
    def participants(self) -> Mapping[str, Participant]:
        """Everybody else, by id, in order of arrival; a picture of this moment."""
        return dict(self._roster)

    @property
    def own(self) -> Participant:
        """Ourselves, as the room shows us."""
        return self._known().own or Participant(id=self.id, name="")

    @property
    def meeting(self) -> str:
        """The id of this meeting, the same for everybody in it."""
        return self._known().session

    @property
    def hidden(self) -> int:
        """How many others are there without being shown."""
        return self._known().hidden

    def network(self) -> Mapping[str, PortStatistics]:
        """What was carried to and from each participant, by id."""
        return self._known().ports()

    @property
    def connected(self) -> frozenset[str]:
        """Ids of those to whom media flows."""
        return frozenset(self._connected)

    @property
    def active_speaker(self) -> str | None:
        """The id of who speaks or spoke last, None while nobody has."""
        return self._detector.participant

    def events(self) -> EventStream:
        """What happens: `ParticipantEvent`, `ChatMessage`, `ActiveSpeaker`, and `Admin`, an owner's
        order about our own media or permissions, which nobody carries out but us.

        First a `joined` for each who is there, then everything from now on; an `updated` of our own
        id is about ourselves. The iteration ends
        with the call. Each call of this method begins a stream of its own.
        """
        there = [ParticipantEvent("joined", who) for who in self._roster.values()]
        stream = EventStream(there, ended=self._ended is not None)
        self._streams.add(stream)
        return stream

    def send(self, data: Json, to: str | None = None) -> None:
        """Send any JSON to one participant or to everybody; `{"chat": TEXT}` is a line of chat.

        Raises `CallEnded`, and `CallError` when the room does not take messages.
        """
        self._room().send(data, to)

    def update(
        self,
        *,
        name: str | None = None,
        user_data: Json = None,
        recording: bool | None = None,
    ) -> None:
        """Change how the others see us; None is unchanged. Raises `CallEnded`.

        `recording` says that we record the call: every page shows it.
        """
        self._room().post(protocol.Update(name=name, user_data=user_data, recording=recording))

    def eject(self, participant: str) -> None:
        """As an owner, send somebody away. Raises `CallEnded`."""
        self._room().post(protocol.Eject(participant))

    def administer(
        self,
        participant: str,
        *,
        media: Mapping[str, bool] | None = None,
        permissions: Mapping[str, bool] | None = None,
    ) -> None:
        """As an owner, switch somebody's media or give and take permissions. Raises `CallEnded`."""
        self._room().post(
            protocol.Admin(id=participant, media=media or {}, permissions=permissions or {})
        )

    def interrupt(self, turn: int) -> None:
        """End `turn` and all older ones: what was written with them is not played.

        What comes of them later is dropped and counted. Plain synchronous code.
        """
        self._check()
        assert self._running is not None
        self._patchbay.interrupt(turn)
        self._running.interrupt(turn)

    @property
    def ended(self) -> str | None:
        """Why the call has ended, a sentence; None while it goes on."""
        return None if self._ended is None else str(self._ended)

    async def leave(self) -> None:
        """Leave the call; what the microphones hold is played for at most 0.3 s. Idempotent.

        Cancelled, the call is left all the same.
        """
        try:
            if self._ended is None:
                with trio.move_on_after(DRAIN_SECONDS):
                    await self._patchbay.drain()
                    if self._patchbay.microphones:
                        await trio.sleep(WIRE_SECONDS)
        finally:
            self._leaving.set()
        await self._done.wait()

    async def wait_ended(self) -> str:
        """Wait until the call has ended; return why."""
        await self._done.wait()
        return self.ended or ""

    # What runs it

    @contextlib.contextmanager
    def observe(self, meeting: Meeting) -> Generator[None]:
        """Know the meeting while it goes on."""
        self._meeting = meeting
        meeting.own_changed = lambda own: self._tell(ParticipantEvent("updated", own))
        meeting.ordered = self._tell
        self._met.set()
        yield

    async def run(
        self, call: Call, log: FilteringBoundLogger | None, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Run the graph of one call until it has ended or is left."""
        ports = SessionPorts(self)
        graph = Graph(
            call.audio >> ports.audio,
            call.voices >> ports.voices,
            call.video >> ports.video,
            call.participants >> ports.participants,
            call.messages >> ports.messages,
            ports.microphone >> call.microphone,
            ports.camera >> call.camera,
        )
        reason, joined = "the call was left", False
        try:
            async with open_graph(graph, log=log) as self._running:
                await self._met.wait()
                assert self._meeting is not None
                await self._meeting.entered.wait()
                self.id = self._meeting.id
                self._roster.update(self._meeting.participants)
                joined = True
                task_status.started()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._left_or_over, self._running, nursery.cancel_scope)
                    await self._leaving.wait()
                    nursery.cancel_scope.cancel()
            reason = self._meeting.ended or reason
        except RestartsExhausted as error:
            cause = error.__cause__
            if not joined:
                if isinstance(cause, CallError):
                    raise cause from cause.__cause__
                raise
            reason = f"the call broke down: {type(cause).__name__}"
        finally:
            self._end(reason)

    async def _left_or_over(self, running: RunningGraph, scope: trio.CancelScope) -> None:
        await running.wait()
        scope.cancel()

    # What its ports tell (actors.call.session_ports.Plugs)

    def start(self, ports: SessionPorts, ctx: Context) -> None:
        """Take what a new life of the ports offers."""
        self._ports, self._ctx = ports, ctx
        ctx.on_interrupt(self._patchbay.interrupt)

    def tick(self, voices: list[AudioFrame]) -> AudioFrame | None:
        """Take 20 ms of everybody; return what the microphones say."""
        said = self._patchbay.say(heard=bool(self._connected))
        if self._patchbay.tick():
            self._show_media()
        self._patchbay.hear(voices)
        if self._detector.hear(voices):
            self._tell(ActiveSpeaker(self._detector.participant))
        return said

    def see(self, frame: VideoFrame) -> None:
        """Take somebody's picture."""
        self._patchbay.see(frame)

    def participant(self, event: ParticipantEvent) -> None:
        """Take news of somebody."""
        who = event.participant
        match event.kind:
            case "left":
                self._roster.pop(who.id, None)
                self._connected.discard(who.id)
            case "joined" if self._roster.get(who.id) == who:
                return  # known since we joined
            case "connected":
                self._connected.add(who.id)
            case "disconnected":
                self._connected.discard(who.id)
            case _:
                pass
        if event.kind != "left":
            self._roster[who.id] = who
        self._tell(event)

    def message(self, message: ChatMessage) -> None:
        """Take what somebody sent."""
        self._tell(message)

    # Inside

    def _add(self, device: D) -> D:
        try:
            self.attach(device)
        except CallError:
            device.close()
            raise
        self._owned.append(device)
        return device

    def _tell(self, event: SessionEvent) -> None:
        for stream in self._streams:
            stream.put(event)

    def _show(self, frame: VideoFrame) -> None:
        if self._ports is not None:
            self._ports.send(frame)

    def _show_media(self) -> None:
        """Let the others see which kinds of devices are on."""
        media = protocol.Media(microphone=self._patchbay.microphones, camera=self._patchbay.cameras)
        if media == self._shown or self._ended is not None or self._meeting is None:
            return
        self._shown = media
        with contextlib.suppress(CallEnded):
            self._meeting.post(
                protocol.Update(media={"microphone": media.microphone, "camera": media.camera})
            )

    def _failed(self, error: Exception) -> None:
        if self._ctx is not None:
            self._ctx.log.error("a renderer's callback failed", exc_info=error)

    def _room(self) -> Meeting:
        self._check()
        return self._known()

    def _known(self) -> Meeting:
        assert self._meeting is not None
        return self._meeting

    def _check(self) -> None:
        if self._ended is not None:
            raise CallEnded(*self._ended.args)

    def _end(self, reason: str) -> None:
        self._ended = CallEnded(reason)
        self._patchbay.unplug()
        for device in self._owned:
            device.end(self._ended)
        for stream in self._streams:
            stream.end()
        self._done.set()


@asynccontextmanager
async def open_call(
    url: str,
    *,
    name: str = "Guest",
    token: str | None = None,
    engine: MediaEngine | None = None,
    user_data: Json = None,
    agent: bool = False,
    tls: ssl.SSLContext | None = None,
    log: FilteringBoundLogger | None = None,
    signalling: Callable[[protocol.Join], RoomChannel] | None = None,
) -> AsyncGenerator[Session]:
    """Join a meeting: `async with open_call(url, name="Ada") as session`, joined when entered.

    Leaving the block leaves the call, and plays what the microphones hold for at most 0.3 s; when
    the block is cancelled or raises, it is left at once. A call that ends from outside ends
    `session.events()`, and the next write or read of its devices raises `CallEnded`.

    Args:
        url: the meeting, `http(s)://HOST[:PORT]/ROOM`.
        name: how the others see us.
        token: the meeting token, where the room is private.
        engine: a shared media engine (`open_media_engine`); without one the call opens its own.
        user_data: any JSON that the others see beside the name.
        agent: whether this is a program, which may send captions and states.
        tls: how a room's certificate is checked; the system's rules by default.
        log: a structlog logger.
        signalling: another way to the room than a WebSocket, for tests.

    Raises:
        BadAddressError: the URL is no meeting's.
        UnreachableError: nobody answers there.
        RefusedError: the room did not let us in.
    """
    session = Session()
    call = Call(
        url,
        name=name,
        token=token,
        agent=agent,
        engine=engine,
        user_data=user_data,
        tls=tls,
        media=protocol.Media(),
        observer=session.observe,
        signalling=signalling,
    )
    async with open_plain_nursery() as nursery:
        await nursery.start(session.run, call, log)
        yield session
        await session.leave()
