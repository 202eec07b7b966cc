"""The call as an actor."""

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import ClassVar

import attrs
import trio
from attrs.validators import in_

from actors import protocol
from actors.call.address import MeetingAddress
from actors.call.listening import SAMPLE_RATE, HeardTick
from actors.call.meeting import CallLife
from actors.call.microphone import MicrophoneMix
from actors.call.port import IceServer, MediaEngine, MediaKind, MediaLine
from actors.call.settings import AudioSettings, VideoSettings
from actors.call.signalling import RoomChannel, Signalling
from actors.errors import CallError
from actors.messages import (
    VIDEO_KINDS,
    CallEvent,
    ChatMessage,
    ParticipantEvent,
    Picture,
    Played,
    VideoKind,
)
from actors.protocol import Json
from media import AudioFrame, VideoFrame
from runtime import Actor, Context, In, Out, Overflow, Restart, SpeechRole, TurnEnded
from runtime.errors import lone
from runtime.ports import InPort

FRAMES_A_SOURCE = 5
HEARD_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
"""Hz to which Opus is decoded directly (RFC 6716, section 2)."""

SPEAKERS = 5
"""Everybody else in a full room."""

NEWS = 64
"""Events that may wait for whoever listens to them."""

Servers = tuple[IceServer, ...]

Observer = Callable[[CallLife], contextlib.AbstractContextManager[None]]


def _args() -> Mapping[str, str]:
    return {}


def _claims() -> Mapping[str, Json]:
    return {}


@attrs.frozen(eq=False)
class Call(Actor):
    """A place in a meeting: joins its room, hears and is heard, until the call ends.

    The blueprint holds address and name; `agent(call)` wires its ports.

    - `voices`: everybody's audio, one `AudioFrame` a speaker and tick of 20 ms, 16 kHz mono,
      `source` set; while nobody is there one silent frame a tick without a source. All frames of
      a tick have the same `pts`.
    - `audio`: the mix of everybody, one frame a tick.
    - `video`: `Picture`s of cameras and screens: I420, each with its participant and kind.
    - `participants`: who comes and goes.
    - `messages`: what is written and sent.
    - `played`: how much of each turn was really sent: what counts as heard.
    - `microphone`: what the call says. Frames of 8, 12, 16, 24 or 48 kHz, mono or stereo, of any
      length; a frame with a turn waits while 200 ms are queued, live audio never waits.
    - `camera`: pictures of any size and colour format, as many a second as come; the latest wins.
    - `screen`: pictures that are shown as a shared screen, as for `camera`.
    - `events`: captions, state, graph, lines of chat, whether we record: shown on every page.

    Attributes:
        url: the meeting, `http(s)://HOST[:PORT]/ROOM`.
        name: how the others see this participant.
        token: the meeting token, where the room is private.
        agent: whether this is a program: it may send events.
        args: what the command line was given by `--arg KEY=VALUE`.
        claims: the claims of the token that this agent was started with.
        engine: a shared media engine; without one the call opens its own.
        user_data: any JSON that the others see beside the name.
        tls: how a room's certificate is checked; the system's rules by default.
        sample_rate: Hz of `voices` and `audio`: 8, 12, 16, 24 or 48 kHz. What is heard is decoded
            straight to it.
        media: what is shown as switched on when we join; what is wired unless given.
        audio_settings: how audio is encoded: bit rate, complexity, redundancy, DTX.
        video_settings: how pictures are encoded: frame rate, bit rate.
        servers: which STUN and TURN servers to use, given those that the room names.
        signalling: another way to the room than a WebSocket, for tests.
        observer: opens a context around each life, which reaches into the call; `open_call` needs
            it.

    A life ends when the call ends (somebody ejects us, or the room is gone for a minute), and is
    not repeated: it returns, or raises `UnreachableError` or `RefusedError` when it could not
    join.
    """

    restart: ClassVar[Restart] = Restart.TRANSIENT
    max_restarts: ClassVar[int] = 0
    essential: ClassVar[bool] = True

    url: str
    name_shown: str = attrs.field(default="Agent", alias="name")
    token: str | None = attrs.field(default=None, kw_only=True, repr=False)
    agent: bool = attrs.field(default=False, kw_only=True)
    args: Mapping[str, str] = attrs.field(factory=_args, kw_only=True)
    claims: Mapping[str, Json] = attrs.field(factory=_claims, kw_only=True)
    engine: MediaEngine | None = attrs.field(default=None, kw_only=True, repr=False)
    user_data: Json = attrs.field(default=None, kw_only=True)
    tls: ssl.SSLContext | None = attrs.field(default=None, kw_only=True, repr=False)
    signalling: Callable[[protocol.Join], RoomChannel] | None = attrs.field(
        default=None, kw_only=True, repr=False
    )
    media: protocol.Media | None = attrs.field(default=None, kw_only=True)
    sample_rate: int = attrs.field(default=SAMPLE_RATE, validator=in_(HEARD_RATES), kw_only=True)
    audio_settings: AudioSettings = attrs.field(factory=AudioSettings, kw_only=True)
    video_settings: VideoSettings = attrs.field(factory=VideoSettings, kw_only=True)
    servers: Callable[[Servers], Servers] | None = attrs.field(
        default=None, kw_only=True, repr=False
    )
    observer: Observer | None = attrs.field(default=None, kw_only=True, repr=False)

    microphone = In[AudioFrame](optional=True, many=True)
    camera = In[VideoFrame](optional=True, capacity=1, overflow=Overflow.LATEST)
    screen = In[VideoFrame](optional=True, capacity=1, overflow=Overflow.LATEST)
    events = In[CallEvent](optional=True)

    audio = Out[AudioFrame](
        speech=SpeechRole.ENDS, capacity=FRAMES_A_SOURCE, overflow=Overflow.DROP_OLDEST
    )
    voices = Out[AudioFrame](
        speech=SpeechRole.ENDS, capacity=FRAMES_A_SOURCE * SPEAKERS, overflow=Overflow.DROP_OLDEST
    )
    # Of several people the latest picture of each.
    video = Out[Picture](speech=SpeechRole.ENDS, capacity=SPEAKERS, overflow=Overflow.DROP_OLDEST)
    # News must not be lost for being a little late, as live audio is; nor may it ever block.
    participants = Out[ParticipantEvent](
        speech=SpeechRole.ENDS, capacity=NEWS, overflow=Overflow.DROP_NEWEST
    )
    messages = Out[ChatMessage](
        speech=SpeechRole.ENDS, capacity=NEWS, overflow=Overflow.DROP_NEWEST
    )
    played = Out[Played](speech=SpeechRole.ENDS, capacity=NEWS, overflow=Overflow.DROP_NEWEST)

    @property
    def address(self) -> MeetingAddress:
        """The meeting's address, read. Raises `BadAddressError`."""
        return MeetingAddress.parse(self.url)

    @property
    def room(self) -> str:
        """The room's name."""
        return self.address.room

    async def run(self, ctx: Context) -> None:
        """Join, take part until the call ends, leave."""
        with _one_error():
            async with (
                self._engine() as engine,
                engine.open_line(self.video_settings) as line,
                trio.open_nursery() as nursery,
            ):
                channel = self._channel(ctx)
                joined = await nursery.start(channel.run)
                ctx.ready()
                ended = await self._take_part(ctx, line, channel, joined)
                ctx.log.info("the call ended", reason=ended)
                nursery.cancel_scope.cancel()

    async def _take_part(
        self, ctx: Context, line: MediaLine, channel: RoomChannel, joined: protocol.Joined
    ) -> str:
        meeting = CallLife(
            line,
            channel,
            _Outlets(self),
            open_port=lambda servers: line.open_port(
                servers=self.servers(servers) if self.servers else servers,
                loopback=self.address.loopback,
                sends=self._sends(),
                receives=self._receives(),
            ),
            children=ctx.children,
            log=ctx.log,
            audio_settings=self.audio_settings,
            sample_rate=self.sample_rate,
        )
        if not self.video.wired:
            meeting.receiving.look(lambda participant, kind: False)
        ctx.on_interrupt(meeting.interrupt)
        ctx.on_pause(meeting.feed.pause)
        observing = self.observer(meeting) if self.observer else contextlib.nullcontext()
        with observing:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._speak, ctx, meeting)
                nursery.start_soon(self._tell, meeting)
                nursery.start_soon(self._show, line, "camera", self.camera)
                nursery.start_soon(self._show, line, "screen", self.screen)
                ended = await meeting.run(joined)
                nursery.cancel_scope.cancel()
                return ended
        raise AssertionError("a meeting returns or raises")

    async def _speak(self, ctx: Context, meeting: CallLife) -> None:
        sources = tuple(self.microphone.values())
        if len(sources) > 1:
            mixing = MicrophoneMix(meeting.feed)
            ctx.on_interrupt(mixing.interrupt)
            await mixing.run(sources)
        if len(sources) != 1:
            return
        async with contextlib.aclosing(sources[0].with_marks()) as items:
            async for item in items:
                match item:
                    case AudioFrame():
                        await meeting.feed.put(item)
                    case TurnEnded(turn=turn):
                        meeting.feed.end(turn)
                    case _:
                        pass

    async def _show(self, line: MediaLine, kind: VideoKind, pictures: InPort[VideoFrame]) -> None:
        if pictures.wired:
            async for picture in pictures:
                line.show(kind, picture)

    def _sends(self) -> frozenset[MediaKind]:
        """What we may send at any time: sections of an offer are never added for it later."""
        wired: dict[MediaKind, bool] = {
            "microphone": True,
            "camera": self.camera.wired,
            "screen": self.screen.wired,
            "screen_audio": self.screen.wired,
        }
        return frozenset(kind for kind, is_wired in wired.items() if is_wired)

    def _receives(self) -> frozenset[MediaKind]:
        heard: frozenset[MediaKind] = frozenset(("microphone", "screen_audio"))
        return heard | frozenset(VIDEO_KINDS) if self.video.wired else heard

    async def _tell(self, meeting: CallLife) -> None:
        if not self.events.wired:
            return
        async for event in self.events:
            meeting.tell(event)

    def _channel(self, ctx: Context) -> RoomChannel:
        join = protocol.Join(
            name=self.name_shown,
            agent=self.agent,
            token=self.token,
            user_data=self.user_data,
            media=self.media
            or protocol.Media(
                microphone=self.microphone.wired,
                camera=self.camera.wired,
                screen=self.screen.wired,
            ),
        )
        if self.signalling is not None:
            return self.signalling(join)
        return Signalling(self.address, join, rng=ctx.random, tls=self.tls)

    @contextlib.asynccontextmanager
    async def _engine(self) -> AsyncGenerator[MediaEngine]:
        if self.engine is not None:
            yield self.engine
            return
        from actors.call.webrtc import open_media_engine  # noqa: PLC0415  (aiortc loads on use)

        async with open_media_engine() as engine:
            yield engine


@attrs.frozen
class _Outlets:
    """Sends what happens to the call's outlets, which drop what nobody takes in time."""

    call: Call

    def heard(self, heard: HeardTick) -> None:
        for voice in heard.voices:
            self.call.voices.send_nowait(voice)
        self.call.audio.send_nowait(heard.audio)

    def picture(self, picture: Picture) -> None:
        self.call.video.send_nowait(picture)

    def participant(self, event: ParticipantEvent) -> None:
        self.call.participants.send_nowait(event)

    def message(self, message: ChatMessage) -> None:
        self.call.messages.send_nowait(message)

    def played(self, played: Played) -> None:
        self.call.played.send_nowait(played)


@contextlib.contextmanager
def _one_error() -> Generator[None]:
    """Raise a lone `CallError` as itself, without the group that a nursery puts around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = lone(group)
        if isinstance(error, CallError):
            raise error from error.__cause__
        raise
