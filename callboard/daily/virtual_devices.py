"""The virtual camera, microphone and speaker."""

from __future__ import annotations

import concurrent.futures
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import trio

from actors.devices import MicrophoneDevice
from callboard.daily.checks import also_spelled, check_audio_format, check_name, check_num_frames
from callboard.daily.context import DailyContext
from callboard.daily.device_table import SpeakerMix
from callboard.daily.shapes import made_by
from callboard.daily.writing import PcmWriter, PictureWriter

if TYPE_CHECKING:
    from typing_extensions import Buffer


@made_by("Daily.create_camera_device")
class VirtualCameraDevice:
    """A camera that shows what a program draws."""

    _writer: PictureWriter

    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        return self._writer.color

    @property
    def height(self) -> int:
        """Pixels."""
        return self._writer.height

    @property
    def name(self) -> str:
        """As given at creation; `deviceId` in a client's inputs."""
        return self._writer.device.name

    @property
    def width(self) -> int:
        """Pixels."""
        return self._writer.width

    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one; in a call at most 30 a second go out.

        `frame` holds exactly the bytes of a picture in `color_format`; otherwise `ValueError`.
        """
        self._writer.write(frame)


def camera_device(
    context: DailyContext, device_name: str, width: int, height: int, color_format: str
) -> VirtualCameraDevice:
    """Make one. Raises `ValueError` for a size or colours that cannot be."""
    writer = PictureWriter(context, check_name(device_name), width, height, color_format)
    made = object.__new__(VirtualCameraDevice)
    made._writer = writer  # pyright: ignore[reportPrivateUsage]
    table = context.resources.devices

    def add() -> None:
        table.cameras.add(writer)
        table.notify()

    context.background.call(add)
    writer.close_with(made, lambda: table.cameras.remove(writer))
    return made


@made_by("Daily.create_microphone_device")
class VirtualMicrophoneDevice:
    """A microphone that a program speaks into. It plays in real time, in a call or not."""

    _writer: PcmWriter
    _non_blocking: bool

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._writer.device.channels

    @property
    def name(self) -> str:
        """As given at creation; `deviceId` in a client's inputs."""
        return self._writer.device.name

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._writer.device.sample_rate

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
            self._writer.write_soon(frames, completion)
            return 0
        played = self._writer.write(frames)
        if completion is not None:
            self._writer.context.callbacks.call(lambda: completion(played))
        return played


def microphone_device(
    context: DailyContext, device_name: str, sample_rate: int, channels: int, non_blocking: bool
) -> VirtualMicrophoneDevice:
    """Make one. Raises `ValueError` for a rate or channels that cannot be."""
    name = check_name(device_name)
    rate, count = check_audio_format(sample_rate, channels)
    device = MicrophoneDevice(name, rate, count)
    writer = PcmWriter(context, device)
    made = object.__new__(VirtualMicrophoneDevice)
    made._writer = writer  # pyright: ignore[reportPrivateUsage]
    made._non_blocking = bool(non_blocking)  # pyright: ignore[reportPrivateUsage]
    table = context.resources.devices

    def add() -> None:
        table.microphones.add(writer)
        table.notify()

    context.background.call(add)
    writer.close_with(made, lambda: table.microphones.remove(writer))
    return made


class ReadableSpeaker(Protocol):
    """A device that hears: a read waits until so much has been heard."""

    async def read(self, frames: int) -> bytes:
        """So many frames of 16-bit PCM, in real time."""
        ...


class Read:
    """One read: its audio is told by `done`, once."""

    def __init__(self, frames: int, done: Callable[[bytes], object]) -> None:
        self.frames = frames
        self.cancelled = False
        self._done: Callable[[bytes], object] | None = done

    def finish(self, pcm: bytes) -> None:
        """Tell what was heard, unless it has been told."""
        done, self._done = self._done, None
        if done is not None:
            done(pcm)


class SpeakerReader:
    """Answers the reads of one device, one after the other. All of it in Trio."""

    def __init__(self, source: ReadableSpeaker) -> None:
        self._source = source
        self._reads: deque[Read] = deque()
        self._changed = trio.lowlevel.ParkingLot()
        self._scope = trio.CancelScope()
        self._closing = False

    def put(self, read: Read) -> None:
        """Take a read."""
        if self._closing:
            read.finish(b"")
            return
        self._reads.append(read)
        self._changed.unpark_all()

    def cancel(self, read: Read) -> None:
        """Answer a read with nothing, now."""
        if read in self._reads:
            read.cancelled = True
            if read is self._reads[0]:
                self._scope.cancel()

    def close_when_done(self) -> None:
        """Take no more; `run` returns when the reads that wait are answered."""
        self._closing = True
        self._changed.unpark_all()

    async def run(self) -> None:
        """Serve until closed. Cancelled, it answers what waits with nothing."""
        try:
            while True:
                while not self._reads:
                    if self._closing:
                        return
                    await self._changed.park()
                read, pcm = self._reads[0], b""
                with trio.CancelScope() as self._scope:
                    if not read.cancelled:
                        pcm = await self._source.read(read.frames)
                self._reads.popleft()
                read.finish(pcm)
        finally:
            self._closing = True
            while self._reads:
                self._reads.popleft().finish(b"")


@made_by("Daily.create_speaker_device")
class VirtualSpeakerDevice:
    """A speaker that a program listens to: everybody else in the call, mixed, in real time."""

    _context: DailyContext
    _device: SpeakerMix
    _reading: SpeakerReader
    _non_blocking: bool

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._device.channels

    @property
    def name(self) -> str:
        """As given at creation, for `Daily.select_speaker_device`."""
        return self._device.name

    @also_spelled(num_frame="num_frames")
    def read_frames(
        self, num_frames: int, completion: Callable[[bytes], object] | None = None
    ) -> bytes:
        """Hear so many frames of 16-bit PCM; silence where nobody speaks, in a call or not.

        A blocking device waits and returns them. A non-blocking one returns b"" at once. Either
        way `completion` is called once, on another thread, with them. Raises `ValueError` for a
        negative number or more than ten minutes.
        """
        self._context.check()
        count = check_num_frames(num_frames, self._device.sample_rate)
        deaf = self._context.options.strict and self._device.state != "running"
        if self._non_blocking:
            if completion is not None:
                self._read_soon(0 if deaf else count, completion)
            return b""
        heard = b"" if deaf else self._read(count)
        if completion is not None:
            self._context.callbacks.call(lambda: completion(heard))
        return heard

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._device.sample_rate

    def _read(self, frames: int) -> bytes:
        result: concurrent.futures.Future[bytes] = concurrent.futures.Future()
        read = Read(frames, result.set_result)
        self._context.background.post(lambda: self._reading.put(read))
        try:
            return result.result()
        except BaseException:
            self._context.forget(lambda: self._reading.cancel(read))
            raise

    def _read_soon(self, frames: int, completion: Callable[[bytes], object]) -> None:
        def done(heard: bytes) -> None:
            self._context.callbacks.call(lambda: completion(heard))

        read = Read(frames, done)
        self._context.background.post(lambda: self._reading.put(read))


def speaker_device(
    context: DailyContext, device_name: str, sample_rate: int, channels: int, non_blocking: bool
) -> VirtualSpeakerDevice:
    """Make one. Raises `ValueError` for a rate or channels that cannot be."""
    name = check_name(device_name)
    rate, count = check_audio_format(sample_rate, channels)
    table = context.resources.devices
    device = context.background.call(lambda: SpeakerMix(name, rate, count))
    reading = SpeakerReader(device)
    made = object.__new__(VirtualSpeakerDevice)
    made._context, made._device, made._reading = context, device, reading  # pyright: ignore[reportPrivateUsage]
    made._non_blocking = bool(non_blocking)  # pyright: ignore[reportPrivateUsage]

    def add() -> None:
        table.speakers.add(device)
        table.notify()

    def remove() -> None:
        table.speakers.remove(device)
        reading.close_when_done()

    context.background.spawn(reading.run)
    context.background.call(add)
    weakref.finalize(made, context.forget, remove).atexit = False
    return made
