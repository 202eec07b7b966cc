"""The process-wide functions of `daily`."""

from __future__ import annotations

import importlib
import sys
from types import EllipsisType

from callboard.daily.context import process
from callboard.daily.native_vad import NativeVad, native_vad
from callboard.daily.options import LogLevel, Options, log_from
from callboard.daily.shapes import made_by
from callboard.daily.virtual_devices import (
    VirtualCameraDevice,
    VirtualMicrophoneDevice,
    VirtualSpeakerDevice,
    camera_device,
    microphone_device,
    speaker_device,
)


@made_by("nobody: its methods are static, and so nothing")
class Daily:
    """Makes devices. Everything here may be called from any thread."""

    @staticmethod
    def create_camera_device(
        device_name: str, width: int, height: int, color_format: str = "RGBA"
    ) -> VirtualCameraDevice:
        """A new camera for RGBA, BGRA, ARGB, ABGR, RGB or I420 pictures of one size.

        Raises `ValueError` for a size or a colour format that cannot be.
        """
        return camera_device(process.current(), device_name, width, height, color_format)

    @staticmethod
    def create_microphone_device(
        device_name: str, sample_rate: int = 16000, channels: int = 1, non_blocking: bool = False
    ) -> VirtualMicrophoneDevice:
        """A new microphone for 16-bit PCM, any number of them in a process.

        Raises `ValueError` for a rate (8 to 48 kHz) or a number of channels (1, 2) that cannot be.
        """
        return microphone_device(
            process.current(), device_name, sample_rate, channels, non_blocking
        )

    @staticmethod
    def create_native_vad(
        reset_period_ms: int = 1000, sample_rate: int = 16000, channels: int = 1
    ) -> NativeVad:
        """A new voice detector. It needs no call and no `init`."""
        return native_vad(reset_period_ms, sample_rate, channels)

    @staticmethod
    def create_speaker_device(
        device_name: str, sample_rate: int = 16000, channels: int = 1, non_blocking: bool = False
    ) -> VirtualSpeakerDevice:
        """A new speaker for 16-bit PCM, any number of them in a process.

        Until one is selected, each hears every call. Raises `ValueError` as for microphones.
        """
        return speaker_device(process.current(), device_name, sample_rate, channels, non_blocking)

    @staticmethod
    def deinit() -> None:
        """End all calls and devices and the thread behind them; `init` may follow."""
        process.deinit()

    @staticmethod
    def init(worker_threads: int = 2, log_level: LogLevel | EllipsisType = ...) -> None:
        """Begin. Optional, and harmless when repeated. `worker_threads` has no meaning here."""
        if log_level is not ...:
            log_from(log_level)
        process.init()

    @staticmethod
    def select_speaker_device(device_name: str) -> None:
        """Choose the speaker that all calls play to. Raises `RuntimeError` for an unknown name."""
        context = process.current()
        context.background.call(lambda: context.resources.devices.select_speaker(device_name))

    @staticmethod
    def set_log_level(log_level: LogLevel) -> None:
        """Log what is at least so grave, to standard error."""
        log_from(log_level)


def install(*, room: str | None = None, strict: bool = False, port: int = 0) -> None:
    """Let `import daily` find this package from now on in this process; call it first of all.

    `room` is the server or the meeting that stands for every `https://NAME.daily.co/ROOM`
    (default: CALLBOARD_ROOM_URL, else a room in this process, on `port` or any free one);
    `strict` gives the original's behaviour where ours is kinder. Raises `RuntimeError` when
    another `daily` was imported before.
    """
    ours = importlib.import_module("callboard.daily")
    other = sys.modules.get("daily")
    if other is not None and other is not ours:
        raise RuntimeError(
            f"another module daily was imported already ({getattr(other, '__file__', None)}): call "
            "callboard.daily.install() before the first import of daily."
        )
    standard = Options.from_environment()
    process.options = Options(room=room or standard.room, strict=strict, port=port)
    sys.modules["daily"] = ours
