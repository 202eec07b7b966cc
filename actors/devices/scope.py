"""All devices of one scope."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeVar

from actors.devices.camera_device import CameraDevice
from actors.devices.microphone_device import MicrophoneDevice
from actors.devices.speaker_device import SpeakerDevice
from actors.errors import DuplicateNameError
from media import ColorFormat

Device = MicrophoneDevice | SpeakerDevice | CameraDevice
D = TypeVar("D", MicrophoneDevice, SpeakerDevice, CameraDevice)


class Devices:
    """Makes devices, each with a name of its own among its kind, and closes them.

    All of them go by Trio's clock: none has a thread or a task, an idle one costs nothing. Made
    by `open_devices`.
    """

    def __init__(self) -> None:
        self._microphones: dict[str, MicrophoneDevice] = {}
        self._speakers: dict[str, SpeakerDevice] = {}
        self._cameras: dict[str, CameraDevice] = {}

    def microphone(
        self, name: str, sample_rate: int = 16_000, channels: int = 1
    ) -> MicrophoneDevice:
        """Make a microphone. Raises `DuplicateNameError`, `DeviceFormatError`."""
        return _added(self._microphones, MicrophoneDevice(name, sample_rate, channels))

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
        return _added(self._speakers, speaker)

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
        return _added(self._cameras, camera)

    def close(self) -> None:
        """Close all of them. Idempotent."""
        for devices in (self._microphones, self._speakers, self._cameras):
            for device in devices.values():
                device.close()
            devices.clear()


@asynccontextmanager
async def open_devices() -> AsyncGenerator[Devices]:
    """Devices outside of a call: they run at once, and calls attach them (`Session.attach`)."""
    devices = Devices()
    try:
        yield devices
    finally:
        devices.close()


def _added(devices: dict[str, D], device: D) -> D:
    for name in [name for name, other in devices.items() if other.state == "closed"]:
        del devices[name]
    if device.name in devices:
        kind = type(device).__name__.removesuffix("Device").lower()
        raise DuplicateNameError(
            f"There is a {kind} named {device.name!r} already: give each its own name, or close "
            "the other first."
        )
    devices[device.name] = device
    return device
