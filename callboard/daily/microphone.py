"""The virtual microphone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.devices import MicrophoneDevice
from callboard.daily.checks import check_audio_format, check_name
from callboard.daily.context import Context
from callboard.daily.made import made_by
from callboard.daily.pcm_writer import PcmWriter
from callboard.daily.spelling import also_spelled

if TYPE_CHECKING:
    from typing_extensions import Buffer


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
    context: Context, device_name: str, sample_rate: int, channels: int, non_blocking: bool
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
