"""A call that is used directly, with devices in place of a graph."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

from structlog.typing import FilteringBoundLogger

from actors import protocol
from actors.call.call import Call, Servers
from actors.call.meeting import CallLife
from actors.call.port import MediaEngine, MediaKind, PortStatistics, custom_kind
from actors.call.publishing import Published
from actors.call.receiving import Quality
from actors.call.roster import Participant
from actors.call.settings import AudioSettings, VideoSettings
from actors.call.signalling import RoomChannel
from actors.devices.camera import CameraDevice
from actors.devices.microphone import MicrophoneDevice
from actors.devices.patchbay import D, Device, Devices, Shown
from actors.devices.rendering import AudioRendering, VideoRendering
from actors.devices.speaker import SpeakerDevice
from actors.errors import CallError
from actors.messages import CallEvent
from actors.protocol import Json
from actors.session_life import EventStream, SessionLife
from media import AudioFrame, ColorFormat, VideoFrame
from runtime.errors import open_plain_nursery


class Session:
    """Our part in a call, made by `open_call`. All of it belongs to one Trio thread."""

    def __init__(self, life: SessionLife) -> None:
        self._life = life
        self._devices = Devices()
        self._unheard: dict[str, set[MediaKind]] = {}

    @property
    def id(self) -> str:
        """Our own id in the room."""
        return self._life.id

    # Devices

    def microphone(
        self, name: str = "microphone", sample_rate: int = 16_000, channels: int = 1
    ) -> MicrophoneDevice:
        """Make a microphone and attach it. Several are mixed.

        Raises `DuplicateNameError`, `DeviceFormatError`, `CallEnded`.
        """
        self._life.check()
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
        self._life.check()
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
        self._life.check()
        device = self._devices.camera(
            name, width, height, color_format=color_format, frame_rate=frame_rate
        )
        return self._add(device)

    def screen(
        self,
        name: str = "screen",
        width: int = 1280,
        height: int = 720,
        *,
        color_format: ColorFormat = "RGBA",
        frame_rate: float = 5.0,
    ) -> CameraDevice:
        """Make a camera whose pictures are shown as a shared screen, and attach it.

        Raises as `camera` does.
        """
        self._life.check()
        device = self._devices.camera(
            name, width, height, color_format=color_format, frame_rate=frame_rate
        )
        return self._add(device, "screen")

    def attach(self, device: Device, *, shown: Shown = "camera") -> None:
        """Use a device that was made by `open_devices`; the others see that it is on.

        `shown` says as what a camera's pictures are shown; with "screen" what a microphone says is
        the sound of the shared screen, and no voice. When the call ends the device is detached,
        and goes on without a call. Raises `DeviceBusyError`, `DeviceClosedError`,
        `CallEnded`.
        """
        self._life.check()
        self._life.patchbay.attach(device, shown)
        self._life.show_media()

    def publish(self, name: str, device: MicrophoneDevice | CameraDevice) -> None:
        """Publish a device as a custom track of its own, beside microphone, camera and screen.

        A microphone is published as audio, a camera as video; another device that has the name
        gives way. `detach`, or closing the device, publishes it no more. Raises
        `DeviceBusyError`, `DeviceClosedError`, `CallEnded`, and `CallError` when there are too
        many tracks.
        """
        self._life.check()
        medium = "audio" if isinstance(device, MicrophoneDevice) else "video"
        self._life.patchbay.publish(device, custom_kind(medium, name))
        try:
            self._life.show_media()
        except CallError:
            self._life.patchbay.detach(device)
            raise

    def detach(self, device: Device) -> None:
        """Take a device out of the call; one that is not in it stays as it is."""
        self._life.patchbay.detach(device)
        self._life.show_media()

    def render_audio(
        self,
        participant: str,
        callback: Callable[[AudioFrame], None],
        *,
        sample_rate: int = 16_000,
        channels: int = 1,
        interval: float = 0.02,
        kind: MediaKind = "microphone",
    ) -> Callable[[], None]:
        """Call `callback` with every `interval` seconds of a participant's audio, at any length.

        `kind` is `microphone`, `screen_audio`, or a custom track's `audio:NAME`. `callback` must
        return at once; what it raises is logged, and it is called again. Call the result to end
        it. Raises `DeviceFormatError`.
        """
        return self._life.patchbay.render_audio(
            AudioRendering(
                participant,
                callback,
                sample_rate=sample_rate,
                channels=channels,
                interval=interval,
                kind=kind,
            )
        )

    def render_video(
        self,
        participant: str,
        callback: Callable[[VideoFrame], None],
        *,
        color_format: ColorFormat = "RGBA",
        kind: MediaKind = "camera",
    ) -> Callable[[], None]:
        """Call `callback` with each picture of a participant, converted, of its own size.

        `kind` is `camera`, `screen`, or a custom track's `video:NAME`. The rest is as for
        `render_audio`.
        """
        return self._life.patchbay.render_video(
            VideoRendering(participant, callback, color_format=color_format, kind=kind)
        )

    def subscribe(
        self,
        participant: str,
        *,
        audio: bool | None = None,
        video: bool | None = None,
        tracks: Mapping[MediaKind, bool] | None = None,
    ) -> None:
        """Hear and see a participant, or do not: False is silence in every speaker and renderer.

        `audio` means voice and shared sound, `video` camera and screen; `tracks` chooses single
        ones by kind: `microphone`, `screen_audio`, `camera`, `screen`, `audio:NAME`, `video:NAME`.
        What is not subscribed to is not even decoded. None leaves it as it is. Of everybody who
        comes everything is subscribed to. Raises `CallEnded`.
        """
        unheard = self._unheard.setdefault(participant, set())
        kinds: tuple[tuple[bool | None, set[MediaKind]], ...] = (
            (audio, {"microphone", "screen_audio"}),
            (video, {"camera", "screen"}),
        )
        for wanted, of_this in kinds:
            if wanted is not None:
                (unheard.difference_update if wanted else unheard.update)(of_this)
        for kind, wanted in (tracks or {}).items():
            (unheard.discard if wanted else unheard.add)(kind)
        self._room().receiving.ignore(participant, frozenset(unheard))

    # The room

    @property
    def participants(self) -> Mapping[str, Participant]:
        """Everybody else at this moment, by id, in order of arrival."""
        return dict(self._life.roster)

    @property
    def own(self) -> Participant:
        """Ourselves, as the room shows us."""
        return self._life.meeting.own or Participant(id=self.id, name="")

    @property
    def meeting(self) -> str:
        """The id of this meeting, the same for everybody in it."""
        return self._life.meeting.session

    @property
    def hidden(self) -> int:
        """The number of others who are there without being shown."""
        return self._life.meeting.hidden

    def network(self) -> Mapping[str, PortStatistics]:
        """Return what was carried to and from each participant, by id."""
        return self._life.meeting.ports()

    def qualities(self) -> Mapping[str, Quality]:
        """Return how well the media with each participant flows, by id."""
        return self._life.meeting.receiving.qualities()

    @property
    def published(self) -> Published:
        """Custom tracks of our own, beside microphone, camera and screen. Raises `CallEnded`."""
        return self._room().published

    @property
    def connected(self) -> frozenset[str]:
        """Ids of the participants to whom media flows."""
        return frozenset(self._life.connected)

    @property
    def active_speaker(self) -> str | None:
        """The id of the participant who speaks or spoke last; None while nobody has."""
        return self._life.detector.participant

    def events(self) -> EventStream:
        """Iterate over what happens in the call, until it ends.

        Events are `ParticipantEvent`, `ChatMessage`, `ActiveSpeaker`, `Admin`, `RoomReached`.
        First a `joined` for each who is there, then everything from now on; an `updated` of our
        own id is about ourselves. An `Admin` is an owner's order about our own media or
        permissions, which nobody carries out but us. Each call of this method begins a stream of
        its own.
        """
        return self._life.events()

    def send(self, data: Json, to: str | None = None) -> None:
        """Send any JSON to one participant or to everybody; `{"chat": TEXT}` is a line of chat.

        Raises `CallEnded`, and `CallError` when the room does not take messages.
        """
        self._room().send(data, to)

    def tell(self, event: CallEvent) -> None:
        """Show a `Caption`, a `State` or a `GraphReport` on everybody's page.

        The room takes them from agents only (`open_call(agent=True)`). Raises `CallEnded`.
        """
        self._room().tell(event)

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
        """Send somebody away; only an owner may. Raises `CallEnded`."""
        self._room().post(protocol.Eject(participant))

    def administer(
        self,
        participant: str,
        *,
        media: Mapping[str, bool] | None = None,
        permissions: Mapping[str, bool] | None = None,
    ) -> None:
        """Switch somebody's media, give or take permissions; only an owner may.

        Raises `CallEnded`.
        """
        self._room().post(
            protocol.Admin(id=participant, media=media or {}, permissions=permissions or {})
        )

    def interrupt(self, turn: int) -> None:
        """End `turn` and all older ones: what was written with them is not played.

        What comes of them later is dropped and counted. Plain synchronous code.
        """
        self._life.check()
        self._life.interrupt(turn)

    @property
    def ended(self) -> str | None:
        """Why the call has ended, a sentence; None while it goes on."""
        return None if self._life.ended is None else str(self._life.ended)

    async def leave(self) -> None:
        """Leave the call; what the microphones hold is played for at most 0.3 s. Idempotent.

        Cancelled, the call is left all the same.
        """
        await self._life.leave()

    async def wait_ended(self) -> str:
        """Wait until the call has ended; return why."""
        await self._life.done.wait()
        return self.ended or ""

    # Inside

    def _add(self, device: D, shown: Shown = "camera") -> D:
        try:
            self.attach(device, shown=shown)
        except CallError:
            device.close()
            raise
        self._life.owned.append(device)
        return device

    def _room(self) -> CallLife:
        self._life.check()
        return self._life.meeting


@asynccontextmanager
async def open_call(
    url: str,
    *,
    name: str = "Guest",
    token: str | None = None,
    engine: MediaEngine | None = None,
    user_data: Json = None,
    sample_rate: int = 16_000,
    audio_settings: AudioSettings | None = None,
    video_settings: VideoSettings | None = None,
    servers: Callable[[Servers], Servers] | None = None,
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
        sample_rate: Hz at which everybody is heard: 8, 12, 16, 24 or 48 kHz. Speakers of another
            rate are resampled from it.
        audio_settings: how audio is encoded: bit rate, complexity, redundancy, DTX.
        video_settings: how pictures are encoded: frame rate, bit rate.
        servers: which STUN and TURN servers to use, given those that the room names.
        agent: whether this is a program, which may send captions and states.
        tls: how a room's certificate is checked; the system's rules by default.
        log: a structlog logger.
        signalling: another way to the room than a WebSocket, for tests.

    Raises:
        BadAddressError: the URL is no meeting's.
        UnreachableError: nobody answers there.
        RefusedError: the room did not let us in.
    """
    life = SessionLife()
    call = Call(
        url,
        name=name,
        token=token,
        agent=agent,
        engine=engine,
        user_data=user_data,
        sample_rate=sample_rate,
        tls=tls,
        media=protocol.Media(),
        observer=life.observe,
        signalling=signalling,
        audio_settings=AudioSettings() if audio_settings is None else audio_settings,
        video_settings=VideoSettings() if video_settings is None else video_settings,
        servers=servers,
    )
    async with open_plain_nursery() as nursery:
        await nursery.start(life.run, call, log)
        yield Session(life)
        await life.leave()
