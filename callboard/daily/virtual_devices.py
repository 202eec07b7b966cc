"""The virtual camera, microphone and speaker."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from actors.devices import MicrophoneDevice
from callboard.daily.checks import also_spelled, check_audio_format, check_name, check_num_frames
from callboard.daily.client.operations import Operation, Operations
from callboard.daily.context import DailyContext
from callboard.daily.device_table import SpeakerMix
from callboard.daily.shapes import made, made_by
from callboard.daily.writing import PcmWriter, PictureWriter

if TYPE_CHECKING:
    from typing_extensions import Buffer


Device = TypeVar("Device", bound=PictureWriter | PcmWriter | SpeakerMix)
Sound = TypeVar("Sound", bound=PcmWriter | SpeakerMix)


class NamedDevice(Generic[Device]):
    _device: Device

    @property
    def name(self) -> str:
        """As given at creation; it chooses the device."""
        return self._device.name


class Sounding(Generic[Sound]):
    _device: Sound

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._device.channels

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._device.sample_rate


class Showing:
    _device: PictureWriter

    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        return self._device.color

    @property
    def height(self) -> int:
        """Pixels."""
        return self._device.height

    @property
    def width(self) -> int:
        """Pixels."""
        return self._device.width

    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one; in a call at most 30 a second go out.

        `frame` holds exactly the bytes of a picture in `color_format`; otherwise `ValueError`.
        """
        self._device.write(frame)


@made_by("Daily.create_camera_device")
class VirtualCameraDevice(NamedDevice[PictureWriter], Showing):
    """A camera that shows what a program draws."""


def camera_device(
    context: DailyContext, device_name: str, width: int, height: int, color_format: str
) -> VirtualCameraDevice:
    """Make one. Raises `ValueError` for a size or colours that cannot be."""
    writer = PictureWriter(context, check_name(device_name), width, height, color_format)
    camera = made(VirtualCameraDevice, device=writer)
    shelf = context.resources.devices.cameras
    context.background.call(lambda: shelf.add(writer))
    writer.close_with(camera, lambda: shelf.remove(writer))
    return camera


@made_by("Daily.create_microphone_device")
class VirtualMicrophoneDevice(NamedDevice[PcmWriter], Sounding[PcmWriter]):
    """A microphone that a program speaks into. It plays in real time, in a call or not."""

    _non_blocking: bool

    @also_spelled(frame="frames")
    def write_frames(
        self, frames: Buffer, completion: Callable[[int], object] | None = None
    ) -> int:
        """Play 16-bit PCM of any length.

        A blocking device waits until it was played and returns how many frames that were. A
        non-blocking one returns 0 at once. Either way `completion` is called once, on another
        thread, with how many frames were played. Raises `ValueError` for an odd number of bytes.
        """
        if self._non_blocking:
            self._device.write_soon(frames, completion)
            return 0
        played = self._device.write(frames)
        if completion is not None:
            self._device.context.callbacks.call(lambda: completion(played))
        return played


def microphone_device(
    context: DailyContext, device_name: str, sample_rate: int, channels: int, non_blocking: bool
) -> VirtualMicrophoneDevice:
    """Make one. Raises `ValueError` for a rate or channels that cannot be."""
    name = check_name(device_name)
    rate, count = check_audio_format(sample_rate, channels)
    writer = PcmWriter(context, MicrophoneDevice(name, rate, count))
    microphone = made(VirtualMicrophoneDevice, device=writer, non_blocking=bool(non_blocking))
    shelf = context.resources.devices.microphones
    context.background.call(lambda: shelf.add(writer))
    writer.close_with(microphone, lambda: shelf.remove(writer))
    return microphone


@made_by("Daily.create_speaker_device")
class VirtualSpeakerDevice(NamedDevice[SpeakerMix], Sounding[SpeakerMix]):
    """A speaker that a program listens to: everybody else in the call, mixed, in real time."""

    _context: DailyContext
    _reads: Operations
    _non_blocking: bool

    @also_spelled(num_frame="num_frames")
    def read_frames(
        self, num_frames: int, completion: Callable[[bytes], object] | None = None
    ) -> bytes:
        """Hear so many frames of 16-bit PCM; silence where nobody speaks, in a call or not.

        A blocking device waits and returns them. A non-blocking one returns b"" at once. Either
        way `completion` is called once, on another thread, with them. Raises `ValueError` for a
        negative number or more than ten minutes.
        """
        self._context.background.check()
        count = check_num_frames(num_frames, self._device.sample_rate)
        deaf = self._context.options.strict and self._device.state != "running"
        if self._non_blocking:
            if completion is not None:
                callbacks = self._context.callbacks
                self._put(
                    0 if deaf else count, lambda heard: callbacks.call(lambda: completion(heard))
                )
            return b""
        heard = b"" if deaf else self._read(count)
        if completion is not None:
            self._context.callbacks.call(lambda: completion(heard))
        return heard

    def _read(self, frames: int) -> bytes:
        result: concurrent.futures.Future[bytes] = concurrent.futures.Future()
        read = self._put(frames, result.set_result)
        try:
            return result.result()
        except BaseException:
            self._context.background.forget(read.scope.cancel)
            raise

    def _put(self, frames: int, done: Callable[[bytes], object]) -> Operation[bytes]:
        device = self._device
        read = Operation(
            "ReadFrames", lambda: device.read(frames), lambda heard, _: done(heard or b"")
        )
        self._context.background.post(lambda: self._reads.put(read))
        return read


def speaker_device(
    context: DailyContext, device_name: str, sample_rate: int, channels: int, non_blocking: bool
) -> VirtualSpeakerDevice:
    """Make one. Raises `ValueError` for a rate or channels that cannot be."""
    name = check_name(device_name)
    rate, count = check_audio_format(sample_rate, channels)
    shelf = context.resources.devices.speakers
    device = context.background.call(lambda: SpeakerMix(name, rate, count))
    reads = Operations(lambda _: None)
    speaker = made(
        VirtualSpeakerDevice,
        context=context,
        device=device,
        reads=reads,
        non_blocking=bool(non_blocking),
    )

    def remove() -> None:
        shelf.remove(device)
        reads.close_when_done()

    context.background.spawn(reads.run)
    context.background.call(lambda: shelf.add(device))
    context.background.close_with(speaker, remove)
    return speaker
