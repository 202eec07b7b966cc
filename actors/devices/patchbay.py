"""Plugs devices into a call, and moves what flows between them and it every 20 ms."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Literal, TypeVar

import trio

from actors.devices.camera import CameraDevice
from actors.devices.device import noun
from actors.devices.microphone import MicrophoneDevice
from actors.devices.rendering import AudioRendering, Tick, VideoRendering
from actors.devices.speaker import SpeakerDevice
from actors.errors import DeviceBusyError, DeviceClosedError, DuplicateNameError
from media import AudioFormat, AudioFrame, ColorFormat, VideoFrame
from media.framing import WIRE_RATE, wire_format
from media.mix import mix

Device = MicrophoneDevice | SpeakerDevice | CameraDevice
D = TypeVar("D", MicrophoneDevice, SpeakerDevice, CameraDevice)


class Devices:
    """Makes devices, each with a name of its own among its kind, and closes them.

    All of them go by Trio's clock: none has a thread or a task, an idle one costs nothing. Made
    by `open_devices`.
    """

    def __init__(self) -> None:
        self._made: list[Device] = []

    def microphone(
        self, name: str, sample_rate: int = 16_000, channels: int = 1
    ) -> MicrophoneDevice:
        """Make a microphone. Raises `DuplicateNameError`, `DeviceFormatError`."""
        return self._added(MicrophoneDevice(name, sample_rate, channels))

    def speaker(
        self,
        name: str,
        sample_rate: int = 16_000,
        channels: int = 1,
        *,
        only: str | None = None,
        without: str | None = None,
    ) -> SpeakerDevice:
        """Make a speaker. Raises `DuplicateNameError`, `DeviceFormatError`."""
        speaker = SpeakerDevice(name, sample_rate, channels, only=only, without=without)
        return self._added(speaker)

    def camera(
        self,
        name: str,
        width: int,
        height: int,
        *,
        color_format: ColorFormat = "RGBA",
        frame_rate: float = 30.0,
    ) -> CameraDevice:
        """Make a camera. Raises `DuplicateNameError`, `DeviceFormatError`."""
        camera = CameraDevice(name, width, height, color_format=color_format, frame_rate=frame_rate)
        return self._added(camera)

    def close(self) -> None:
        """Close all of them. Idempotent."""
        for device in self._made:
            device.close()
        self._made.clear()

    def _added(self, device: D) -> D:
        self._made = [each for each in self._made if each.state != "closed"]
        if any(type(each) is type(device) and each.name == device.name for each in self._made):
            raise DuplicateNameError(
                f"There is a {noun(device)} named {device.name!r} already: give each its own name, "
                "or close the other first."
            )
        self._made.append(device)
        return device


@asynccontextmanager
async def open_devices() -> AsyncGenerator[Devices]:
    """Give a maker of devices outside of a call: they run at once, `Session.attach` takes them."""
    devices = Devices()
    try:
        yield devices
    finally:
        devices.close()


BURST = 2
"""Frames that may be taken at once when ticks come late: what a call's play-out holds of live
audio. More would push each other out; the devices' schedules move instead."""

BURST_SECONDS = 0.01


Shown = Literal["camera", "screen"]
"""As what a camera's pictures are shown."""

SCREEN_AUDIO = "screen_audio"
"""The kind of a shared screen's sound: a track of its own, but no custom one."""


class Patchbay:
    """Any number of microphones, which are mixed, of speakers and renderers; a camera, a screen;
    further microphones and cameras, each a custom track of its own.

    Whoever runs the call calls `hear`, `say`, `see` and `tick`. Pictures are sent by `send`, what
    callbacks raise is told by `failed`.
    """

    def __init__(
        self, send: Callable[[str, VideoFrame], None], failed: Callable[[Exception], None]
    ) -> None:
        self._send = send
        self._failed = failed
        self._microphones: list[MicrophoneDevice] = []
        self._speakers: list[SpeakerDevice] = []
        self._cameras: dict[Shown, CameraDevice] = {}
        self._tracks: dict[str, MicrophoneDevice | CameraDevice] = {}
        self._ears: list[AudioRendering] = []
        self._eyes: list[VideoRendering] = []
        self._format: AudioFormat | None = None
        self._burst, self._burst_began = 0, float("-inf")

    @property
    def kinds(self) -> frozenset[str]:
        """Which kinds of media devices are plugged in for."""
        return frozenset(("microphone",) if self._microphones else ()) | frozenset(self._cameras)

    @property
    def tracks(self) -> frozenset[str]:
        """The kinds of custom tracks, `audio:NAME` and `video:NAME`, that devices are in for."""
        return frozenset(self._tracks) - {SCREEN_AUDIO}

    @property
    def speaks(self) -> bool:
        return bool(self._playing())

    @property
    def shares_sound(self) -> bool:
        return SCREEN_AUDIO in self._tracks

    def attach(self, device: Device, shown: Shown = "camera") -> None:
        """Plug a device in; `shown` says as what a camera's pictures are shown, or that what a
        microphone says is the sound of the screen.

        Raises `DeviceClosedError`, and `DeviceBusyError` when it is plugged in already, or when
        another device is shown as the same.
        """
        self._remove_closed()
        _check_free(device)
        if isinstance(device, MicrophoneDevice) and shown == "screen":
            if (other := self._tracks.get(SCREEN_AUDIO)) is not None:
                raise DeviceBusyError(
                    f"A screen has one sound, and {other.name!r} is attached for it: detach it "
                    f"before {device.name!r}."
                )
            self.publish(device, SCREEN_AUDIO)
        elif isinstance(device, MicrophoneDevice):
            self._microphones.append(device)
            self._format = None
            device.attach()
        elif isinstance(device, SpeakerDevice):
            self._speakers.append(device)
            device.attach()
        else:
            if (other := self._cameras.get(shown)) is not None:
                raise DeviceBusyError(
                    f"A call shows one {shown}, and {other.name!r} is attached: detach it before "
                    f"{device.name!r}."
                )
            self._cameras[shown] = device
            device.attach(partial(self._send, shown))

    def publish(self, device: MicrophoneDevice | CameraDevice, kind: str) -> None:
        """Plug a device in for a custom track, `audio:NAME` or `video:NAME`.

        Whatever device was in for it is pulled out. Raises `DeviceClosedError`, and
        `DeviceBusyError` when it is plugged in already.
        """
        _check_free(device)
        if (other := self._tracks.get(kind)) is not None:
            self.detach(other)
        self._tracks[kind] = device
        if isinstance(device, MicrophoneDevice):
            device.attach()
        else:
            device.attach(partial(self._send, kind))

    def detach(self, device: Device) -> None:
        """Pull a device out; one that is not plugged in here stays as it is."""
        if device in self._all():
            self._remove(device)
            device.detach()

    def render_audio(self, rendering: AudioRendering) -> Callable[[], None]:
        """Plug a renderer in; call the result to end it."""
        self._ears.append(rendering)
        return lambda: self._ears.remove(rendering) if rendering in self._ears else None

    def render_video(self, rendering: VideoRendering) -> Callable[[], None]:
        """Plug a renderer in; call the result to end it."""
        self._eyes.append(rendering)
        return lambda: self._eyes.remove(rendering) if rendering in self._eyes else None

    def looks_at(self, participant: str, shown: str) -> bool:
        """Whether a renderer is plugged in for this participant's camera, screen or track."""
        return any(eye.participant == participant and eye.kind == shown for eye in self._eyes)

    # What flows

    def say(self, *, heard: bool) -> AudioFrame | None:
        """The next 20 ms of all microphones together, or None where none plays."""
        now = trio.current_time()
        if now - self._burst_began > BURST_SECONDS:
            self._burst, self._burst_began = 0, now
        self._burst += 1
        if self._burst > BURST or not self._microphones:
            return None
        if self._format is None:
            self._format = self._common()
        target = self._format
        frames = [
            frame
            for microphone in self._microphones
            if (frame := microphone.pull(target, heard=heard)) is not None
        ]
        if len(frames) < 2:
            return frames[0] if frames else None
        return AudioFrame(mix([frame.samples for frame in frames]), target.sample_rate)

    def say_tracks(self, *, heard: bool) -> list[tuple[str, AudioFrame]]:
        """The next 20 ms of each audio track beside the microphone that plays, with its kind.

        To be called after `say`.
        """
        said: list[tuple[str, AudioFrame]] = []
        if self._burst > BURST:
            return said
        for kind, device in self._tracks.items():
            if isinstance(device, MicrophoneDevice):
                target = wire_format(device.sample_rate, device.channels)
                if (frame := device.pull(target, heard=heard)) is not None:
                    said.append((kind, frame))
        return said

    def hear(self, voices: Tick, whole: AudioFrame) -> None:
        """Give 20 ms of everybody, and the mix of all, to speakers and renderers."""
        for speaker in self._speakers:
            speaker.hear(voices, whole)
        self._render("microphone", voices)

    def overhear(self, kind: str, frame: AudioFrame) -> None:
        """Give 20 ms of somebody's shared screen or custom track to the renderers of it."""
        self._render(kind, (frame,))

    def _render(self, kind: str, tick: Tick) -> None:
        for rendering in tuple(self._ears):
            if rendering.kind == kind:
                try:
                    rendering.hear(tick)
                except Exception as error:
                    self._failed(error)

    def see(self, frame: VideoFrame) -> None:
        for rendering in tuple(self._eyes):
            try:
                rendering.see(frame)
            except Exception as error:
                self._failed(error)

    def tick(self, *, seen: bool = True) -> bool:
        """Send pictures whose time has come; tell whether devices were closed since the last.

        `seen` says whether anybody is there.
        """
        closed = self._remove_closed()
        for camera in (*self._cameras.values(), *self._tracks.values()):
            if isinstance(camera, CameraDevice):
                camera.tick(seen=seen)
        return closed

    def interrupt(self, turn: int) -> None:
        """Drop what the microphones hold of this turn and older ones."""
        for microphone in self._playing():
            microphone.interrupt(turn)

    async def drain(self) -> None:
        """Wait until the microphones have played what they hold."""
        async with trio.open_nursery() as nursery:
            for microphone in self._playing():
                nursery.start_soon(_flushed, microphone)

    def unplug(self) -> None:
        """Pull everything out: the call is over."""
        for device in self._all():
            device.detach()
        for devices in (self._microphones, self._speakers, self._ears, self._eyes):
            devices.clear()
        self._cameras.clear()
        self._tracks.clear()

    # Inside

    def _all(self) -> tuple[Device, ...]:
        shown = (*self._cameras.values(), *self._tracks.values())
        return (*self._microphones, *self._speakers, *shown)

    def _playing(self) -> tuple[MicrophoneDevice, ...]:
        tracks = (each for each in self._tracks.values() if isinstance(each, MicrophoneDevice))
        return (*self._microphones, *tracks)

    def _remove_closed(self) -> bool:
        closed = [device for device in self._all() if device.state == "closed"]
        for device in closed:
            self._remove(device)
        return bool(closed)

    def _remove(self, device: Device) -> None:
        if device in self._tracks.values():
            self._tracks = {k: each for k, each in self._tracks.items() if each is not device}
        elif isinstance(device, MicrophoneDevice):
            self._microphones.remove(device)
            self._format = None
        elif isinstance(device, SpeakerDevice):
            self._speakers.remove(device)
        else:
            self._cameras = {k: each for k, each in self._cameras.items() if each is not device}

    def _common(self) -> AudioFormat:
        """What is mixed: a lone microphone's own format; of several the common one, else 48 kHz."""
        formats = {wire_format(m.sample_rate, m.channels) for m in self._microphones}
        if len(formats) == 1:
            return formats.pop()
        return AudioFormat(WIRE_RATE, max(each.channels for each in formats))


def _check_free(device: Device) -> None:
    if device.state == "closed":
        raise DeviceClosedError(f"{device.name!r} is closed and cannot be attached.")
    if device.state == "running":
        raise DeviceBusyError(f"{device.name!r} is attached to a call: detach it first.")


async def _flushed(microphone: MicrophoneDevice) -> None:
    with suppress(DeviceClosedError):
        await microphone.flush()
