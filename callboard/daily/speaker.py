"""The virtual speaker."""

from __future__ import annotations

import concurrent.futures
import weakref
from collections.abc import Callable

from callboard.daily.checks import check_audio_format, check_name, check_num_frames
from callboard.daily.context import Context
from callboard.daily.made import made_by
from callboard.daily.reading import Read, Reading
from callboard.daily.speaker_mix import SpeakerMix
from callboard.daily.spelling import also_spelled


@made_by("Daily.create_speaker_device")
class VirtualSpeakerDevice:
    """A speaker that a program listens to: everybody else in the call, mixed, in real time."""

    _context: Context
    _device: SpeakerMix
    _reading: Reading
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
    context: Context, device_name: str, sample_rate: int, channels: int, non_blocking: bool
) -> VirtualSpeakerDevice:
    """Make one. Raises `ValueError` for a rate or channels that cannot be."""
    name = check_name(device_name)
    rate, count = check_audio_format(sample_rate, channels)
    table = context.resources.devices
    device = context.background.call(lambda: SpeakerMix(name, rate, count))
    reading = Reading(device)
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
